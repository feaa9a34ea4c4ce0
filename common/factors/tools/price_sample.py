"""What genai-prices itself computes for a sample of calls: the expected values of a test."""

import csv
import random
from datetime import UTC, datetime
from decimal import Decimal

SEED = 20261127
MODELS = 60
# Sellers whose names in genai-prices are those that callers use.
PROVIDERS = ["anthropic", "aws", "azure", "cohere", "deepseek", "fireworks", "google", "groq", "mistral", "moonshotai",
             "openai", "openrouter", "perplexity", "together", "x-ai", "zai"]
MOMENTS = ["2026-02-03T05:30:00Z", "2026-08-16T23:59:59Z", "2026-08-17T02:00:00Z", "2026-11-02T12:00:00Z"]
# Models of which each moment, size and kind of batch matters.
ALWAYS = {("anthropic", "claude-sonnet-4-5"), ("anthropic", "claude-haiku-5-5"), ("openai", "gpt-4o"), ("openai", "gpt-4.1"),
          ("openai", "o3"), ("google", "gemini-2.5-pro"), ("google", "gemini-2.5-flash"), ("deepseek", "deepseek-v4-pro"),
          ("deepseek", "deepseek-chat"), ("mistral", "mistral-large"), ("openai", "gpt-realtime"), ("x-ai", "grok-4-0709")}
COLUMNS = ["provider", "model", "batch", "ts", "tokens_in", "tokens_out", "cache_read", "cache_write", "cache_write_1h",
           "reasoning", "audio_in", "nano_usd_exact"]


def usages(rng):
    yield dict(tokens_in=1200, tokens_out=300)
    yield dict(tokens_in=200000, tokens_out=1)
    yield dict(tokens_in=200001, tokens_out=7777, cache_read=150000)
    a = rng.randrange(1, 900000)
    yield dict(tokens_in=a, tokens_out=rng.randrange(0, 60000), cache_read=a // 3, cache_write=a // 4,
               cache_write_1h=a // 8, reasoning=0)
    yield dict(tokens_in=rng.randrange(1, 5000), tokens_out=900, reasoning=513)


def priced(model, provider, usage, moment, batch):
    """Exact nano-USD by genai-prices."""
    from genai_prices import Usage
    u = {k: usage.get(k, 0) for k in COLUMNS[4:-1]}
    counts = dict(input_tokens=u["tokens_in"], output_tokens=u["tokens_out"], cache_read_tokens=u["cache_read"],
                  cache_write_tokens=u["cache_write"], cache_write_5m_tokens=u["cache_write"] - u["cache_write_1h"],
                  cache_write_1h_tokens=u["cache_write_1h"], output_reasoning_tokens=u["reasoning"],
                  input_audio_tokens=u["audio_in"])
    counts = {k: v for k, v in counts.items() if v or k in ("input_tokens", "output_tokens")}
    # Only where the price of cached audio would matter must its count be said.
    if u["audio_in"]:
        counts["cache_audio_read_tokens"] = 0
    price = model.calc_price(Usage(**counts), provider, genai_request_timestamp=moment,
                             price_context={"processing": "batch"} if batch else None)
    return price.total_price * Decimal(10) ** 9


def write(out):
    from genai_prices.data import providers
    rng = random.Random(SEED)
    rows = []
    by_id = {p.id: p for p in providers}
    every = [(p, m.id) for p in PROVIDERS for m in by_id[p].models]
    chosen = sorted(ALWAYS | set(rng.sample(every, MODELS)))
    for provider_id, model_id in chosen:
        provider = by_id[provider_id]
        model = next(m for m in provider.models if m.id == model_id)
        always = (provider_id, model_id) in ALWAYS
        batches = [False, True] if any(v.when == {"processing": "batch"} for v in model.price_variants or ()) else [False]
        for moment in MOMENTS if always else MOMENTS[-1:]:
            # genai-prices takes the standard price for a batch of before its first batch price; a price set has none.
            for batch in batches if moment == MOMENTS[-1] else [False]:
                for usage in usages(rng):
                    if always and model_id == "gpt-realtime":
                        usage = {**usage, "audio_in": usage["tokens_in"] // 5, "cache_read": 0, "cache_write": 0,
                                 "cache_write_1h": 0}
                    exact = priced(model, provider, usage, datetime.fromisoformat(moment).astimezone(UTC), batch)
                    rows.append([provider_id, model_id, "batch" if batch else "", moment,
                                 *(usage.get(c, 0) for c in COLUMNS[4:-1]), format(exact.normalize(), "f")])
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(rows)
    print(f"{len(rows)} calls of {len(chosen)} models")
