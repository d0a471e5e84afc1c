"""config.json of published models, as far as their shape goes, by key of knowledge/models. Recalled; fields that say
nothing about the shape are left out."""

# ruff: noqa: E501 (one model a line or two, as the files have it)

from __future__ import annotations

from typing import Any

Config = dict[str, Any]


def llama(**shape: Any) -> Config:
    return {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "attention_bias": False, "mlp_bias": False,
            "vocab_size": 128256, "max_position_embeddings": 131072, "num_key_value_heads": 8, "tie_word_embeddings": False, "rope_scaling": {"rope_type": "llama3", "factor": 8.0}} | shape  # fmt: skip


def qwen2(**shape: Any) -> Config:
    return {"architectures": ["Qwen2ForCausalLM"], "model_type": "qwen2", "use_sliding_window": False, "max_window_layers": 70,
            "sliding_window": 131072, "max_position_embeddings": 32768, "tie_word_embeddings": False, "vocab_size": 152064} | shape  # fmt: skip


def qwen3(**shape: Any) -> Config:
    return {"architectures": ["Qwen3ForCausalLM"], "model_type": "qwen3", "attention_bias": False, "head_dim": 128, "num_key_value_heads": 8,
            "use_sliding_window": False, "sliding_window": None, "max_position_embeddings": 40960, "tie_word_embeddings": False, "vocab_size": 151936} | shape  # fmt: skip


def qwen3_moe(**shape: Any) -> Config:
    return {"architectures": ["Qwen3MoeForCausalLM"], "model_type": "qwen3_moe", "attention_bias": False, "decoder_sparse_step": 1, "head_dim": 128,
            "mlp_only_layers": [], "norm_topk_prob": True, "num_experts": 128, "num_experts_per_tok": 8, "num_key_value_heads": 4, "sliding_window": None,
            "use_sliding_window": False, "max_position_embeddings": 40960, "tie_word_embeddings": False, "vocab_size": 151936} | shape  # fmt: skip


def deepseek(**shape: Any) -> Config:
    return {"architectures": ["DeepseekV3ForCausalLM"], "model_type": "deepseek_v3", "attention_bias": False, "first_k_dense_replace": 3, "hidden_size": 7168,
            "intermediate_size": 18432, "kv_lora_rank": 512, "max_position_embeddings": 163840, "moe_intermediate_size": 2048, "moe_layer_freq": 1, "n_group": 8,
            "n_routed_experts": 256, "n_shared_experts": 1, "num_attention_heads": 128, "num_experts_per_tok": 8, "num_hidden_layers": 61, "num_key_value_heads": 128,
            "num_nextn_predict_layers": 1, "q_lora_rank": 1536, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "scoring_func": "sigmoid", "tie_word_embeddings": False,
            "topk_group": 4, "topk_method": "noaux_tc", "v_head_dim": 128, "vocab_size": 129280,
            "quantization_config": {"activation_scheme": "dynamic", "fmt": "e4m3", "quant_method": "fp8", "weight_block_size": [128, 128]}} | shape  # fmt: skip


def gemma3(**shape: Any) -> Config:
    text = {
        "model_type": "gemma3_text",
        "rope_scaling": {"factor": 8.0, "rope_type": "linear"},
        "sliding_window": 1024,
    } | shape
    return {"architectures": ["Gemma3ForConditionalGeneration"], "boi_token_index": 255999, "mm_tokens_per_image": 256, "model_type": "gemma3", "text_config": text,
            "torch_dtype": "bfloat16", "vision_config": {"hidden_size": 1152, "intermediate_size": 4304, "model_type": "siglip_vision_model", "num_hidden_layers": 27}}  # fmt: skip


PERIOD_4 = ["linear_attention"] * 3 + ["full_attention"]


def qwen3_5(layers: int, moe: bool, **shape: Any) -> Config:
    kind = "qwen3_5_moe" if moe else "qwen3_5"
    text = {"attention_bias": False, "attn_output_gate": True, "full_attention_interval": 4, "head_dim": 256, "layer_types": PERIOD_4 * (layers // 4), "linear_conv_kernel_dim": 4,
            "linear_key_head_dim": 128, "linear_num_key_heads": 16, "linear_value_head_dim": 128, "max_position_embeddings": 262144, "model_type": f"{kind}_text", "mtp_num_hidden_layers": 1,
            "num_hidden_layers": layers, "tie_word_embeddings": False, "vocab_size": 248320} | shape  # fmt: skip
    return {
        "model_type": kind,
        "text_config": text,
        "tie_word_embeddings": False,
        "vision_config": {"depth": 27, "hidden_size": 1152, "model_type": kind},
    }


CONFIGS: dict[str, Config] = {
    "llama_2_7b": llama(hidden_size=4096, intermediate_size=11008, num_hidden_layers=32, num_attention_heads=32, num_key_value_heads=32, vocab_size=32000, max_position_embeddings=4096),
    "llama_2_70b": llama(hidden_size=8192, intermediate_size=28672, num_hidden_layers=80, num_attention_heads=64, vocab_size=32000, max_position_embeddings=4096),
    "llama_3_1_8b": llama(hidden_size=4096, intermediate_size=14336, num_hidden_layers=32, num_attention_heads=32),
    "llama_3_1_70b": llama(hidden_size=8192, intermediate_size=28672, num_hidden_layers=80, num_attention_heads=64),
    "llama_3_1_405b": llama(hidden_size=16384, intermediate_size=53248, num_hidden_layers=126, num_attention_heads=128),
    "llama_3_2_1b": llama(hidden_size=2048, intermediate_size=8192, num_hidden_layers=16, num_attention_heads=32, head_dim=64, tie_word_embeddings=True),
    "llama_3_2_3b": llama(hidden_size=3072, intermediate_size=8192, num_hidden_layers=28, num_attention_heads=24, head_dim=128, tie_word_embeddings=True),
    "qwen2_5_0_5b": qwen2(hidden_size=896, intermediate_size=4864, num_hidden_layers=24, num_attention_heads=14, num_key_value_heads=2, tie_word_embeddings=True, vocab_size=151936),
    "qwen2_5_7b": qwen2(hidden_size=3584, intermediate_size=18944, num_hidden_layers=28, num_attention_heads=28, num_key_value_heads=4),
    "qwen2_5_14b": qwen2(hidden_size=5120, intermediate_size=13824, num_hidden_layers=48, num_attention_heads=40, num_key_value_heads=8),
    "qwen2_5_72b": qwen2(hidden_size=8192, intermediate_size=29568, num_hidden_layers=80, num_attention_heads=64, num_key_value_heads=8),
    "qwq_32b": qwen2(hidden_size=5120, intermediate_size=27648, num_hidden_layers=64, num_attention_heads=40, num_key_value_heads=8),
    "qwen3_0_6b": qwen3(hidden_size=1024, intermediate_size=3072, num_hidden_layers=28, num_attention_heads=16, tie_word_embeddings=True),
    "qwen3_4b": qwen3(hidden_size=2560, intermediate_size=9728, num_hidden_layers=36, num_attention_heads=32, tie_word_embeddings=True),
    "qwen3_8b": qwen3(hidden_size=4096, intermediate_size=12288, num_hidden_layers=36, num_attention_heads=32),
    "qwen3_14b": qwen3(hidden_size=5120, intermediate_size=17408, num_hidden_layers=40, num_attention_heads=40),
    "qwen3_32b": qwen3(hidden_size=5120, intermediate_size=25600, num_hidden_layers=64, num_attention_heads=64),
    "qwen3_30b_a3b": qwen3_moe(hidden_size=2048, intermediate_size=6144, moe_intermediate_size=768, num_hidden_layers=48, num_attention_heads=32),
    "qwen3_235b_a22b": qwen3_moe(hidden_size=4096, intermediate_size=12288, moe_intermediate_size=1536, num_hidden_layers=94, num_attention_heads=64),
    "qwen3_coder_480b_a35b": qwen3_moe(hidden_size=6144, intermediate_size=8192, moe_intermediate_size=2560, num_hidden_layers=62, num_attention_heads=96, num_key_value_heads=8, num_experts=160, max_position_embeddings=262144),
    "qwen3_next_80b_a3b": {"model_type": "qwen3_next", "attention_bias": False, "decoder_sparse_step": 1, "full_attention_interval": 4, "head_dim": 256, "hidden_size": 2048,
                           "intermediate_size": 5120, "linear_conv_kernel_dim": 4, "linear_key_head_dim": 128, "linear_num_key_heads": 16, "linear_num_value_heads": 32, "linear_value_head_dim": 128,
                           "max_position_embeddings": 262144, "mlp_only_layers": [], "moe_intermediate_size": 512, "num_attention_heads": 16, "num_experts": 512, "num_experts_per_tok": 10,
                           "num_hidden_layers": 48, "num_key_value_heads": 2, "partial_rotary_factor": 0.25, "shared_expert_intermediate_size": 512, "tie_word_embeddings": False, "vocab_size": 151936},
    "qwen3_5_27b": qwen3_5(64, False, hidden_size=5120, intermediate_size=17408, num_attention_heads=24, num_key_value_heads=4, linear_num_value_heads=48),
    "qwen3_5_35b_a3b": qwen3_5(40, True, hidden_size=2048, moe_intermediate_size=512, shared_expert_intermediate_size=512, num_experts=256, num_experts_per_tok=8, num_attention_heads=16, num_key_value_heads=2, linear_num_value_heads=32),
    "qwen3_vl_30b_a3b": {"model_type": "qwen3_vl_moe", "text_config": qwen3_moe(hidden_size=2048, intermediate_size=6144, moe_intermediate_size=768, num_hidden_layers=48, num_attention_heads=32, max_position_embeddings=262144) | {"model_type": "qwen3_vl_moe_text"},
                         "vision_config": {"depth": 27, "hidden_size": 1152}},
    "gemma_2_9b": {"model_type": "gemma2", "head_dim": 256, "hidden_size": 3584, "intermediate_size": 14336, "num_hidden_layers": 42, "num_attention_heads": 16, "num_key_value_heads": 8, "sliding_window": 4096, "max_position_embeddings": 8192, "vocab_size": 256000},
    "gemma_2_27b": {"model_type": "gemma2", "head_dim": 128, "hidden_size": 4608, "intermediate_size": 36864, "num_hidden_layers": 46, "num_attention_heads": 32, "num_key_value_heads": 16, "sliding_window": 4096, "max_position_embeddings": 8192, "vocab_size": 256000},
    "gemma_3_4b": gemma3(hidden_size=2560, intermediate_size=10240, num_hidden_layers=34),
    "gemma_3_12b": gemma3(hidden_size=3840, intermediate_size=15360, num_hidden_layers=48, num_attention_heads=16, num_key_value_heads=8),
    "gemma_3_27b": gemma3(hidden_size=5376, intermediate_size=21504, num_hidden_layers=62, num_attention_heads=32, num_key_value_heads=16, head_dim=128),
    "mistral_7b": {"model_type": "mistral", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "sliding_window": None, "max_position_embeddings": 32768, "vocab_size": 32768, "tie_word_embeddings": False},
    "mistral_small_24b": {"model_type": "mistral", "head_dim": 128, "hidden_size": 5120, "intermediate_size": 32768, "num_hidden_layers": 40, "num_attention_heads": 32, "num_key_value_heads": 8, "sliding_window": None, "max_position_embeddings": 32768, "vocab_size": 131072, "tie_word_embeddings": False},
    "mistral_large_123b": {"model_type": "mistral", "hidden_size": 12288, "intermediate_size": 28672, "num_hidden_layers": 88, "num_attention_heads": 96, "num_key_value_heads": 8, "max_position_embeddings": 131072, "vocab_size": 32768, "tie_word_embeddings": False},
    "mixtral_8x7b": {"model_type": "mixtral", "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": None, "max_position_embeddings": 32768, "vocab_size": 32000, "tie_word_embeddings": False},
    "mixtral_8x22b": {"model_type": "mixtral", "hidden_size": 6144, "intermediate_size": 16384, "num_hidden_layers": 56, "num_attention_heads": 48, "num_key_value_heads": 8, "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": None, "max_position_embeddings": 65536, "vocab_size": 32768, "tie_word_embeddings": False},
    "deepseek_v3": deepseek(),
    "deepseek_v2_lite": {"model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 2048, "intermediate_size": 10944, "kv_lora_rank": 512, "moe_intermediate_size": 1408, "moe_layer_freq": 1,
                         "n_routed_experts": 64, "n_shared_experts": 2, "num_attention_heads": 16, "num_experts_per_tok": 6, "num_hidden_layers": 27, "num_key_value_heads": 16, "q_lora_rank": None,
                         "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 102400, "tie_word_embeddings": False, "max_position_embeddings": 163840},
    "deepseek_v2_236b": {"model_type": "deepseek_v2", "first_k_dense_replace": 1, "hidden_size": 5120, "intermediate_size": 12288, "kv_lora_rank": 512, "moe_intermediate_size": 1536, "moe_layer_freq": 1,
                         "n_routed_experts": 160, "n_shared_experts": 2, "num_attention_heads": 128, "num_experts_per_tok": 6, "num_hidden_layers": 60, "num_key_value_heads": 128, "q_lora_rank": 1536,
                         "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "v_head_dim": 128, "vocab_size": 102400, "tie_word_embeddings": False, "max_position_embeddings": 163840},
    "kimi_k2": deepseek(model_type="kimi_k2", first_k_dense_replace=1, n_routed_experts=384, num_attention_heads=64, num_key_value_heads=64, vocab_size=163840, max_position_embeddings=131072, num_nextn_predict_layers=0),
    "glm_4_5_air": {"model_type": "glm4_moe", "attention_bias": True, "first_k_dense_replace": 1, "head_dim": 128, "hidden_size": 4096, "intermediate_size": 10944, "max_position_embeddings": 131072, "moe_intermediate_size": 1408,
                    "n_routed_experts": 128, "n_shared_experts": 1, "num_attention_heads": 96, "num_experts_per_tok": 8, "num_hidden_layers": 46, "num_key_value_heads": 8, "num_nextn_predict_layers": 1, "tie_word_embeddings": False, "use_qk_norm": False, "vocab_size": 151552},
    "glm_4_7": {"model_type": "glm4_moe", "attention_bias": True, "first_k_dense_replace": 3, "head_dim": 128, "hidden_size": 5120, "intermediate_size": 12288, "max_position_embeddings": 202752, "moe_intermediate_size": 1536,
                "n_routed_experts": 160, "n_shared_experts": 1, "num_attention_heads": 96, "num_experts_per_tok": 8, "num_hidden_layers": 92, "num_key_value_heads": 8, "num_nextn_predict_layers": 1, "tie_word_embeddings": False, "use_qk_norm": True, "vocab_size": 151552},
    "glm_4_32b": {"model_type": "glm4", "attention_bias": False, "head_dim": 128, "hidden_size": 6144, "intermediate_size": 23040, "max_position_embeddings": 32768, "num_attention_heads": 48, "num_hidden_layers": 61, "num_key_value_heads": 2, "tie_word_embeddings": False, "vocab_size": 151552},
    "gpt_oss_20b": {"model_type": "gpt_oss", "attention_bias": True, "head_dim": 64, "hidden_size": 2880, "intermediate_size": 2880, "layer_types": ["sliding_attention", "full_attention"] * 12, "max_position_embeddings": 131072,
                    "num_attention_heads": 64, "num_experts_per_tok": 4, "experts_per_token": 4, "num_hidden_layers": 24, "num_key_value_heads": 8, "num_local_experts": 32, "sliding_window": 128, "tie_word_embeddings": False, "vocab_size": 201088,
                    "quantization_config": {"modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"], "quant_method": "mxfp4"}},
    "gpt_oss_120b": {"model_type": "gpt_oss", "attention_bias": True, "head_dim": 64, "hidden_size": 2880, "intermediate_size": 2880, "layer_types": ["sliding_attention", "full_attention"] * 18, "max_position_embeddings": 131072,
                     "num_attention_heads": 64, "num_experts_per_tok": 4, "experts_per_token": 4, "num_hidden_layers": 36, "num_key_value_heads": 8, "num_local_experts": 128, "sliding_window": 128, "tie_word_embeddings": False, "vocab_size": 201088},
    "phi_4_14b": {"model_type": "phi3", "hidden_size": 5120, "intermediate_size": 17920, "num_hidden_layers": 40, "num_attention_heads": 40, "num_key_value_heads": 10, "max_position_embeddings": 16384, "sliding_window": None, "tie_word_embeddings": False, "vocab_size": 100352},
    "phi_3_mini": {"model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 32, "max_position_embeddings": 131072, "sliding_window": 262144, "tie_word_embeddings": False, "vocab_size": 32064},
    "phi_4_mini": {"model_type": "phi3", "hidden_size": 3072, "intermediate_size": 8192, "num_hidden_layers": 32, "num_attention_heads": 24, "num_key_value_heads": 8, "max_position_embeddings": 131072, "sliding_window": 262144, "tie_word_embeddings": True, "vocab_size": 200064},
    "command_r_35b": {"model_type": "cohere", "hidden_size": 8192, "intermediate_size": 22528, "num_hidden_layers": 40, "num_attention_heads": 64, "num_key_value_heads": 64, "max_position_embeddings": 8192, "model_max_length": 131072, "use_qk_norm": False, "vocab_size": 256000},
    "command_r_plus_104b": {"model_type": "cohere", "hidden_size": 12288, "intermediate_size": 33792, "num_hidden_layers": 64, "num_attention_heads": 96, "num_key_value_heads": 8, "max_position_embeddings": 131072, "use_qk_norm": True, "vocab_size": 256000},
    "command_a_111b": {"model_type": "cohere2", "head_dim": 128, "hidden_size": 12288, "intermediate_size": 36864, "num_hidden_layers": 64, "num_attention_heads": 96, "num_key_value_heads": 8, "max_position_embeddings": 131072, "sliding_window": 4096, "sliding_window_pattern": 4, "use_qk_norm": False, "vocab_size": 256000},
    "llama_4_scout": {"model_type": "llama4", "text_config": {"model_type": "llama4_text", "attention_chunk_size": 8192, "head_dim": 128, "hidden_size": 5120, "interleave_moe_layer_step": 1, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
                      "max_position_embeddings": 10485760, "moe_layers": list(range(48)), "no_rope_layers": [1, 1, 1, 0] * 12, "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48, "num_key_value_heads": 8, "num_local_experts": 16,
                      "tie_word_embeddings": False, "use_qk_norm": True, "vocab_size": 202048}, "vision_config": {"hidden_size": 1408, "num_hidden_layers": 34}},
    "llama_4_maverick": {"model_type": "llama4", "text_config": {"model_type": "llama4_text", "attention_chunk_size": 8192, "head_dim": 128, "hidden_size": 5120, "interleave_moe_layer_step": 2, "intermediate_size": 8192, "intermediate_size_mlp": 16384,
                         "max_position_embeddings": 1048576, "moe_layers": list(range(1, 48, 2)), "no_rope_layers": [], "num_attention_heads": 40, "num_experts_per_tok": 1, "num_hidden_layers": 48, "num_key_value_heads": 8, "num_local_experts": 128,
                         "tie_word_embeddings": False, "use_qk_norm": False, "vocab_size": 202048}, "vision_config": {"hidden_size": 1408, "num_hidden_layers": 34}},
    "minimax_m2": {"model_type": "minimax_m2", "attn_type_list": [1] * 62, "head_dim": 128, "hidden_size": 3072, "intermediate_size": 1536, "max_position_embeddings": 196608, "num_attention_heads": 48, "num_experts_per_tok": 8, "num_hidden_layers": 62,
                   "num_key_value_heads": 8, "num_local_experts": 256, "num_mtp_modules": 3, "qk_norm_type": "per_layer", "shared_intermediate_size": 0, "tie_word_embeddings": False, "use_qk_norm": True, "vocab_size": 200064},
    "seed_oss_36b": {"model_type": "seed_oss", "attention_bias": True, "attention_out_bias": False, "head_dim": 128, "hidden_size": 5120, "intermediate_size": 27648, "max_position_embeddings": 524288, "num_attention_heads": 80, "num_hidden_layers": 64,
                     "num_key_value_heads": 8, "tie_word_embeddings": False, "vocab_size": 155136},
    "yi_1_5_34b": llama(hidden_size=7168, intermediate_size=20480, num_hidden_layers=60, num_attention_heads=56, vocab_size=64000, max_position_embeddings=4096),
    "tinyllama_1_1b": llama(hidden_size=2048, intermediate_size=5632, num_hidden_layers=22, num_attention_heads=32, num_key_value_heads=4, vocab_size=32000, max_position_embeddings=2048),
    "nemotron_3_nano_30b": {"model_type": "nemotron_h", "attention_bias": False, "chunk_size": 128, "conv_kernel": 4, "expand": 2, "head_dim": 128, "hidden_size": 2688, "hybrid_override_pattern": "MEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEM*EMEMEMEM*EMEMEMEME",
                            "intermediate_size": 1856, "mamba_head_dim": 64, "mamba_num_heads": 64, "max_position_embeddings": 262144, "mlp_hidden_act": "relu2", "moe_intermediate_size": 1856, "moe_shared_expert_intermediate_size": 3712, "n_groups": 8, "n_routed_experts": 128,
                            "n_shared_experts": 1, "num_attention_heads": 32, "num_experts_per_tok": 6, "num_hidden_layers": 52, "num_key_value_heads": 2, "ssm_state_size": 128, "tie_word_embeddings": False, "use_bias": False, "use_conv_bias": True, "vocab_size": 131072},
    "granite_4_h_small": {"model_type": "granitemoehybrid", "attention_bias": False, "hidden_size": 4096, "intermediate_size": 768, "layer_types": ["mamba"] * 5 + (["attention"] + ["mamba"] * 9) * 3 + ["attention"] + ["mamba"] * 4,
                          "mamba_chunk_size": 256, "mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 128, "mamba_proj_bias": False, "max_position_embeddings": 131072,
                          "num_attention_heads": 32, "num_experts_per_tok": 10, "num_hidden_layers": 40, "num_key_value_heads": 8, "num_local_experts": 72, "shared_intermediate_size": 1536, "tie_word_embeddings": True, "vocab_size": 100352},
    "granite_4_h_tiny": {"model_type": "granitemoehybrid", "attention_bias": False, "hidden_size": 1536, "intermediate_size": 512, "layer_types": ["mamba"] * 5 + (["attention"] + ["mamba"] * 9) * 3 + ["attention"] + ["mamba"] * 4,
                         "mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_d_head": 64, "mamba_d_state": 128, "mamba_expand": 2, "mamba_n_groups": 1, "mamba_n_heads": 48, "mamba_proj_bias": False, "max_position_embeddings": 131072,
                         "num_attention_heads": 12, "num_experts_per_tok": 6, "num_hidden_layers": 40, "num_key_value_heads": 4, "num_local_experts": 64, "shared_intermediate_size": 1024, "tie_word_embeddings": True, "vocab_size": 100352},
    "kimi_linear_48b_a3b": {"model_type": "kimi_linear", "first_k_dense_replace": 1, "head_dim": 72, "hidden_size": 2304, "intermediate_size": 9216, "kv_lora_rank": 512, "linear_attn_config": {"full_attn_layers": [4, 8, 12, 16, 20, 24, 27], "head_dim": 128, "num_heads": 32, "short_conv_kernel_size": 4,
                            "kda_layers": [1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26]}, "model_max_length": 1048576, "moe_intermediate_size": 1024, "moe_layer_freq": 1, "num_attention_heads": 32, "num_experts": 256, "num_experts_per_token": 8, "num_hidden_layers": 27,
                            "num_key_value_heads": 32, "num_shared_experts": 1, "q_lora_rank": None, "qk_nope_head_dim": 128, "qk_rope_head_dim": 64, "tie_word_embeddings": False, "v_head_dim": 128, "vocab_size": 163840},
    "deepseek_v3_2": deepseek(model_type="deepseek_v32", index_head_dim=128, index_n_heads=64, index_topk=2048),
    "gemma_4_31b": {"model_type": "gemma4", "text_config": {"model_type": "gemma4_text", "attention_k_eq_v": True, "enable_moe_block": False, "global_head_dim": 512, "head_dim": 256, "hidden_size": 5376, "hidden_size_per_layer_input": 0, "intermediate_size": 21504,
                    "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 10, "max_position_embeddings": 262144, "num_attention_heads": 32, "num_experts": None, "num_global_key_value_heads": 4, "num_hidden_layers": 60, "num_key_value_heads": 16, "num_kv_shared_layers": 0,
                    "sliding_window": 1024, "tie_word_embeddings": True, "top_k_experts": None, "vocab_size": 262144}, "vision_config": {"hidden_size": 1152}},
    "gemma_4_26b_a4b": {"model_type": "gemma4", "text_config": {"model_type": "gemma4_text", "attention_k_eq_v": True, "enable_moe_block": True, "global_head_dim": 512, "head_dim": 256, "hidden_size": 2816, "hidden_size_per_layer_input": 0, "intermediate_size": 2112,
                        "layer_types": (["sliding_attention"] * 5 + ["full_attention"]) * 5, "max_position_embeddings": 262144, "moe_intermediate_size": 704, "num_attention_heads": 16, "num_experts": 128, "num_global_key_value_heads": 2, "num_hidden_layers": 30, "num_key_value_heads": 8,
                        "num_kv_shared_layers": 0, "sliding_window": 1024, "tie_word_embeddings": True, "top_k_experts": 8, "vocab_size": 262144}, "vision_config": {"hidden_size": 1152}},
    "hunyuan_a13b": {"model_type": "hunyuan_v1_moe", "attention_bias": False, "attention_head_dim": 128, "hidden_size": 4096, "intermediate_size": 3072, "max_position_embeddings": 32768, "mlp_bias": False, "moe_intermediate_size": [3072] * 32, "moe_topk": [8] * 32, "num_attention_heads": 32, "num_experts": 64,
                     "num_hidden_layers": 32, "num_key_value_heads": 8, "num_shared_expert": [1] * 32, "tie_word_embeddings": True, "use_mixed_mlp_moe": True, "use_qk_norm": True, "vocab_size": 128167},
    "ministral_3_8b": {"model_type": "mistral3", "text_config": {"model_type": "ministral3", "head_dim": 128, "hidden_size": 4096, "intermediate_size": 14336, "max_position_embeddings": 262144, "num_attention_heads": 32, "num_hidden_layers": 34, "num_key_value_heads": 8, "sliding_window": None,
                       "tie_word_embeddings": False, "vocab_size": 131072}, "vision_config": {"model_type": "pixtral", "num_hidden_layers": 24}},
}  # fmt: skip

# Models that knowledge/models does not have, with the parameters their makers publish.
OTHERS: dict[str, tuple[float, Config]] = {
    "exaone_3_5_7_8b": (7.818e9, {"model_type": "exaone", "hidden_size": 4096, "intermediate_size": 14336, "num_layers": 32, "num_attention_heads": 32, "num_key_value_heads": 8,
                                  "vocab_size": 102400, "tie_word_embeddings": False}),
    "ling_mini_2_0": (16.26e9, {"model_type": "bailing_moe_v2", "hidden_size": 2048, "intermediate_size": 5120, "moe_intermediate_size": 512, "num_experts": 256, "num_experts_per_tok": 8,
                                "num_shared_experts": 1, "first_k_dense_replace": 1, "num_hidden_layers": 20, "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 128,
                                "vocab_size": 157184, "use_qk_norm": True, "use_qkv_bias": False, "tie_word_embeddings": False}),
    "Jamba v0.1": (51.57e9, {"model_type": "jamba", "attn_layer_offset": 4, "attn_layer_period": 8, "expert_layer_offset": 1, "expert_layer_period": 2, "hidden_size": 4096, "intermediate_size": 14336, "mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_d_state": 16, "mamba_dt_rank": 256, "mamba_expand": 2,
                   "mamba_proj_bias": False, "max_position_embeddings": 262144, "num_attention_heads": 32, "num_experts": 16, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8, "sliding_window": None, "tie_word_embeddings": False, "vocab_size": 65536}),
    "Falcon-H1 0.5B": (0.521e9, {"model_type": "falcon_h1", "attention_bias": False, "head_dim": 64, "hidden_size": 1024, "intermediate_size": 2048, "mamba_conv_bias": True, "mamba_d_conv": 4, "mamba_d_head": 64, "mamba_d_ssm": 1536, "mamba_d_state": 128, "mamba_n_groups": 1, "mamba_n_heads": 24,
                       "mamba_rms_norm": False, "max_position_embeddings": 16384, "num_attention_heads": 8, "num_hidden_layers": 36, "num_key_value_heads": 2, "tie_word_embeddings": False, "vocab_size": 32784}),
    "Phi-3.5 MoE": (41.87e9, {"model_type": "phimoe", "attention_bias": True, "hidden_size": 4096, "intermediate_size": 6400, "lm_head_bias": True, "max_position_embeddings": 131072, "num_attention_heads": 32, "num_experts_per_tok": 2, "num_hidden_layers": 32, "num_key_value_heads": 8, "num_local_experts": 16,
                    "sliding_window": 131072, "tie_word_embeddings": False, "vocab_size": 32064}),
    "EXAONE 4.0 32B": (32.0e9, {"model_type": "exaone4", "head_dim": 128, "hidden_size": 5120, "intermediate_size": 27392, "max_position_embeddings": 131072, "num_attention_heads": 40, "num_hidden_layers": 64, "num_key_value_heads": 8, "sliding_window": 4096, "sliding_window_pattern": "LLLG",
                       "tie_word_embeddings": False, "vocab_size": 102400}),
    "ERNIE 4.5 21B A3B": (21.8e9, {"model_type": "ernie4_5_moe", "head_dim": 128, "hidden_size": 2560, "intermediate_size": 12288, "max_position_embeddings": 131072, "moe_intermediate_size": 1536, "moe_k": 6, "moe_layer_interval": 1, "moe_layer_start_index": 1, "moe_num_experts": 64, "moe_num_shared_experts": 2,
                          "num_attention_heads": 20, "num_hidden_layers": 28, "num_key_value_heads": 4, "tie_word_embeddings": True, "use_bias": False, "vocab_size": 103424}),
    "GLM-4 9B Chat": (9.40e9, {"model_type": "chatglm", "add_bias_linear": False, "add_qkv_bias": True, "ffn_hidden_size": 13696, "hidden_size": 4096, "kv_channels": 128, "multi_query_attention": True, "multi_query_group_num": 2, "num_attention_heads": 32, "num_layers": 40, "padded_vocab_size": 151552, "seq_length": 131072,
                      "tie_word_embeddings": False}),
    "OLMoE 1B 7B": (6.92e9, {"model_type": "olmoe", "attention_bias": False, "hidden_size": 2048, "intermediate_size": 1024, "max_position_embeddings": 4096, "num_attention_heads": 16, "num_experts": 64, "num_experts_per_tok": 8, "num_hidden_layers": 16, "num_key_value_heads": 16, "tie_word_embeddings": False, "vocab_size": 50304}),
    "Nemotron-H 8B": (8.10e9, {"model_type": "nemotron_h", "attention_bias": False, "attention_head_dim": 128, "conv_kernel": 4, "hidden_size": 4096, "hybrid_override_pattern": "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-", "intermediate_size": 21504, "mamba_head_dim": 64, "mamba_num_heads": 128, "max_position_embeddings": 8192,
                      "n_groups": 8, "num_attention_heads": 32, "num_hidden_layers": 52, "num_key_value_heads": 8, "ssm_state_size": 128, "tie_word_embeddings": False, "use_conv_bias": True, "vocab_size": 131072}),
}  # fmt: skip
