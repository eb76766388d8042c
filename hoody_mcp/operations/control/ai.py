"""AI: the models that can be used, and what they cost."""

from __future__ import annotations

from ...operation import Operation, Risk


class AiModelsList(
    Operation,
    route="GET /api/v1/ai/models",
    risk=Risk.READ,
    items="models",
    columns=("id", "name", "context_length", "input_modalities", "output_modalities", "pricing"),
    oneself=True,
    keywords="LLM catalogue GPT Claude cheapest vision context window, which can I choose, configured",
):
    """List the AI models on offer, with Hoody's prices. While AI credit is 0 (wallet_balance_ai), only the free model works."""
