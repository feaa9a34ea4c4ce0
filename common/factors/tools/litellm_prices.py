"""What litellm's table of prices says, as rows of a price set."""

import re
from collections import defaultdict
from decimal import ROUND_HALF_EVEN, Decimal

KEYS = {
    "input_cost_per_token": "input", "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write", "cache_creation_input_token_cost_above_1hr": "cache_write_1h",
    "output_cost_per_token": "output", "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_audio_token": "audio_in", "output_cost_per_audio_token": "audio_out",
    "input_cost_per_image_token": "image_in", "output_cost_per_image_token": "image_out",
    "cache_read_input_audio_token_cost": "audio_cache_read", "cache_read_input_image_token_cost": "image_cache_read",
    "input_cost_per_request": "request",
}

# Whose bill a price is on.
SELLERS = {
    "gemini": "google-genai", "vertex_ai": "google-genai", "palm": "google-genai", "bedrock": "aws",
    "bedrock_converse": "aws", "bedrock_mantle": "aws", "azure_ai": "azure", "azure_text": "azure", "xai": "x-ai",
    "fireworks_ai": "fireworks", "together_ai": "together", "voyage": "voyageai", "moonshot": "moonshotai",
    "cohere_chat": "cohere", "text-completion-openai": "openai", "mistral": "mistralai", "codestral": "mistralai",
    "text-completion-codestral": "mistralai", "bigmodel": "zhipuai", "dashscope": "qwen", "meta_llama": "meta",
    "nvidia_nim": "nvidia", "xiaomi_mimo": "xiaomi", "text-completion-inception": "inception",
}
# Of several litellm providers that are one seller, these come after the others.
LAST = ["bedrock_mantle", "azure_ai", "azure_text", "vertex_ai"]
# Not billed by tokens: run at home, by subscription, or by the hour.
UNBILLED = {"ollama", "lemonade", "chatgpt", "github_copilot", "microsoft_365_copilot", "sagemaker"}
MODES = {"chat", "completion", "responses", "embedding", "rerank", "realtime", "image_generation", "image_edit",
         "audio_transcription", "audio_speech", "moderation", "", None}
# Calls that end in text: a table without a price for it does not have the whole price.
WRITING = {"chat", "completion", "responses", "", None}
# No model of any seller costs as much, in USD per million tokens.
MAX_PRICE = 1000
# No embedding costs as much, in USD per million tokens; a misplaced point does.
MAX_EMBEDDING = 10


def usd_per_million(value, factor=1):
    """In the unit that is kept, 1e-9 USD per million."""
    exact = Decimal(repr(value) if isinstance(value, float) else str(value)) * factor
    rounded = exact.quantize(Decimal("1e-9"), rounding=ROUND_HALF_EVEN)
    if exact and abs(rounded - exact) / exact > Decimal("1e-6"):
        raise ValueError(f"{exact} USD per million loses more than a millionth as a whole number of nano-USD")
    return rounded


def by_context(found):
    """One price per class for each size of the context: {above: {class: price}}."""
    starts = sorted({above for steps in found.values() for above, _ in steps})
    return {start: {c: [p for above, p in steps if above <= start][-1] for c, steps in found.items()}
            for start in starts}


def seller_of(provider):
    if provider.startswith("vertex_ai"):
        return "google-genai"
    if provider.startswith("fireworks_ai"):
        return "fireworks"
    return SELLERS.get(provider, provider).replace("_", "-")


def name_of(key, provider):
    """What the seller's callers write: the key without the name of the provider before it."""
    for prefix in (provider + "/", "vertex_ai/", "gemini/", "bedrock/", "azure/", "azure_ai/"):
        if key.startswith(prefix):
            return key[len(prefix):]
    return key


def prices_of(entry, suffix):
    """Prices by class as {class: [(above, price), …]}; with the suffix _batches what a batch costs."""
    found = defaultdict(list)
    for field, cls in KEYS.items():
        for key, value in entry.items():
            above = re.fullmatch(re.escape(field) + r"(?:_above_(\d+)k_tokens)?" + suffix, key)
            # 0 stands for free and for not known alike, so it says nothing.
            if above and isinstance(value, (int, float)) and value > 0:
                found[cls].append((int(above.group(1) or 0) * 1000, usd_per_million(float(value), 10**6)))
    return {cls: sorted(steps) for cls, steps in found.items()}


def contexts_of(entry):
    """Standard prices by size of the context; None when they do not only depend on it."""
    tiers = entry.get("tiered_pricing")
    if entry.get("off_peak_pricing"):
        return None
    if tiers:
        ranged = sorted((t for t in tiers if t.get("range")), key=lambda t: t["range"][0])
        out = {}
        for tier in ranged:
            prices = {c: s[0][1] for c, s in prices_of(tier, "").items()}
            if "input" not in prices:
                return None
            out[int(tier["range"][0])] = prices
        return out if 0 in out else None
    found = prices_of(entry, "")
    found = {c: s if s[0][0] == 0 else [(0, s[0][1]), *s] for c, s in found.items()}
    return by_context(found) if is_whole(entry, found) else None


def is_whole(entry, found):
    """Whether the entry can be a price: it has what its mode needs, and no figure is out of all proportion."""
    mode = entry.get("mode")
    paid = {c: steps[0][1] for c, steps in found.items()}
    if any(price > MAX_PRICE for cls, price in paid.items() if cls != "request"):
        return False
    if mode in WRITING:
        return "input" in paid and "output" in paid and paid["output"] * 2 >= paid["input"]
    if mode in ("image_generation", "image_edit"):
        # Prices for a step of the picture stand under the name of a price for a token.
        return "image_out" in paid
    if mode in ("embedding", "rerank"):
        return "input" in paid and paid["input"] <= MAX_EMBEDDING
    return "input" in paid or "output" in paid


def rows_of(seller, name, entry, source, standard=None, since=""):
    """Standard rows, and batch rows: the standard prices with those in their place that a batch has of its own.

    With standard prices of another source, which hold since a day, only the batch rows to them."""
    contexts = contexts_of(entry)
    if contexts is None:
        return []
    rows = []
    if standard is None:
        rows = [dict(seller=seller, model=name, batch="", above=above or "", valid_from="", valid_to="", hours="",
                     prices=prices, source=source) for above, prices in contexts.items()]
    own = prices_of(entry, "_batches")
    if "input" in own and ("output" in own or entry.get("mode") == "embedding"):
        for above, prices in (standard or contexts).items():
            batch = {c: p for c, steps in own.items() for a, p in steps if a == above}
            # A size of the context without a batch price of its own: not known, so the row has no price at all.
            known = all(c in batch for c in ("input", "output") if c in own)
            rows.append(dict(seller=seller, model=name, batch="batch", above=above or "", valid_from=since,
                             valid_to="", hours="", prices={**prices, **batch} if known else {}, source=source))
    return rows
