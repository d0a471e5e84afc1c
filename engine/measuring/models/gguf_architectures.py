"""Architectures that GGUF files name. Source: gguf 0.19.0, constants.py, MODEL_ARCH_NAMES.

A file of another architecture has its keys and tensors read by the names that all files share, and is never taken for
a model of the knowledge.
"""

from __future__ import annotations

_GENERATES = """
afmoe apertus arcee arctic arwkv7 baichuan bailingmoe bailingmoe2 bitnet bloom chameleon chatglm codeshell
cogvlm cohere2 command-r dbrx deci deepseek deepseek2 deepseek2-ocr dots1 dream ernie4_5 ernie4_5-moe exaone
exaone-moe exaone4 falcon falcon-h1 gemma gemma2 gemma3 gemma3n gemma4 glm-dsa glm4 glm4moe gpt-oss gpt2 gptj
gptneox granite granitehybrid granitemoe grok grovemoe hunyuan-dense hunyuan-moe hunyuan_vl internlm2 jais
jais2 jamba kimi-linear lfm2 lfm2moe llada llada-moe llama llama4 maincoder mamba mamba2 mimo2 minicpm
minicpm3 minimax-m2 mistral3 mistral4 mpt nemotron nemotron_h nemotron_h_moe olmo olmo2 olmoe openelm orion
paddleocr pangu-embedded phi2 phi3 phimoe plamo plamo2 plamo3 plm qwen qwen2 qwen2moe qwen2vl qwen3 qwen35
qwen35moe qwen3moe qwen3next qwen3vl qwen3vlmoe refact rnd1 rwkv6 rwkv6qwen2 rwkv7 seed_oss smallthinker
smollm3 stablelm starcoder starcoder2 step35 xverse
"""
_READS_ONLY = """
bert eurobert gemma-embedding jina-bert-v2 jina-bert-v3 llama-embed modern-bert neo-bert nomic-bert nomic-
bert-moe t5 t5encoder wavtokenizer-dec
"""

ARCHITECTURES = frozenset(_GENERATES.split())
"""Those that generate text from their own keys and values."""
OTHERS = frozenset(_READS_ONLY.split())
"""Encoders, and what does not write text token by token."""
