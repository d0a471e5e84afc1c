"""Between the command line and the engine: flags become scenarios, documents become text. No click in here."""
