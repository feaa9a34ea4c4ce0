#!/usr/bin/env python3
"""Builds the shipped price set from pinned packages, genai-prices and litellm (both MIT).

    build_prices.py set OUT       writes the files of the set into the folder OUT
    build_prices.py sample FILE   writes what genai-prices itself computes for a sample of calls, for a test

Needs Python 3.11 or later with venv and pip, and 200 MB of disk in the work folder (--work, default: a temporary one). The
packages are fetched by pip, compared with the hashes below, and never imported except genai-prices, which runs in an
environment of its own. The same pins give the same bytes.

Where both sources have a price for one name of one seller, genai-prices goes first: it has dates, and its prices are read
from the sellers' pages one by one. litellm adds the names that genai-prices does not list, and to a model that both price
alike the batch prices and the classes (audio, images) that genai-prices lacks. See RATIONALE.md of this module.
"""

import argparse
import csv
import hashlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import venv
import zipfile
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import litellm_prices

SET_ID = "prices-2026.1"
REASON = ("First set: list prices of the sellers as genai-prices 0.2.3 and litellm 1.110.2 record them, and litellm 1.77.5 "
          "for models withdrawn since.")
GENAI = ("genai-prices", "0.2.3", "56976ce2b04ec206117f7d0e53f4849211a6724ab3a12119afec304eba63ee25")
LITELLM = ("litellm", "1.110.2", "9d94d1c7d524b6fd10c14f9c8c6c4f0ac31705f9964ac59dcfd8337c046d8917")
# Of September 2025: models that were withdrawn since have a price here, which calls of that time need.
LITELLM_BEFORE = ("litellm", "1.77.5", "07f53964c08d555621d4376cc42330458301ae889bfb6303155dcabc51095fbf")
LITELLM_TABLE = "litellm/model_prices_and_context_window_backup.json"

# The farthest that a price may be from the median of three or more sellers of a model.
MAX_RATIO = 15

HERE = Path(__file__).resolve().parent
PROVIDER_ALIASES = HERE.parent / "src/main/resources/factors/ecomind-2026.1/provider_aliases.csv"

# The order of the columns is that of PriceClass in common/footprint.
CLASSES = ["input", "cache_read", "cache_write", "cache_write_1h", "output", "reasoning", "audio_in", "audio_out",
           "image_in", "image_out", "audio_cache_read", "image_cache_read", "request"]
# genai-prices counts requests in thousands, all else here in millions.
GENAI_KEYS = {"input_mtok": "input", "cache_read_mtok": "cache_read", "cache_write_mtok": "cache_write",
              "cache_write_1h_mtok": "cache_write_1h", "output_mtok": "output", "output_reasoning_mtok": "reasoning",
              "input_audio_mtok": "audio_in", "output_audio_mtok": "audio_out", "input_image_mtok": "image_in",
              "output_image_mtok": "image_out", "cache_audio_read_mtok": "audio_cache_read",
              "cache_image_read_mtok": "image_cache_read", "requests_kcount": "request"}
MEDIA = ["audio_in", "audio_out", "image_in", "image_out", "audio_cache_read", "image_cache_read"]

# Whose bill a price is on. Names are those of the factor sets' provider_aliases.csv where one provider is one seller.
GENAI_SELLERS = {"google": "google-genai", "mistral": "mistralai"}
# One provider for the footprint and not one seller: another bill, or none by tokens.
NOT_THE_SELLER = {"openai-compatible", "chatgpt", "sagemaker", "zai", "z-ai", "zai-org"}
PREFIXES = [("google-genai", "models/"), ("google-genai", "publishers/google/models/"),
            ("google-genai", "publishers/anthropic/models/"), ("google-genai", "publishers/mistralai/models/"),
            ("google-genai", "publishers/meta/models/"), ("fireworks", "accounts/fireworks/models/")]


def normal(name):
    return name.strip().lower().replace("_", "-").replace(".", "-")


def fetch(work):
    folder = work / "wheels"
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name, version, sha in (GENAI, LITELLM, LITELLM_BEFORE):
        pattern = f"{name.replace('-', '_')}-{version}-*.whl"
        if not list(folder.glob(pattern)):
            # The platform only chooses which file is hashed: nothing compiled is used.
            subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
                            "--python-version=3.11", "--platform=manylinux_2_28_x86_64", "--dest", str(folder),
                            f"{name}=={version}"], check=True)
        wheel = next(folder.glob(pattern))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != sha:
            sys.exit(f"{wheel.name}: sha256 is {digest}, must be {sha}")
        found.append(wheel)
    return found


def in_own_environment(work, wheel):
    """Starts this script again where genai-prices is installed."""
    home = work / "venv"
    python = home / "bin/python"
    if not python.exists():
        venv.create(home, with_pip=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", str(wheel)], check=True)
    done = subprocess.run([str(python), *sys.argv, "--work", str(work)],
                          env={**os.environ, "BUILD_PRICES_INSIDE": "1"})
    sys.exit(done.returncode)


def text(amount):
    if amount is None:
        return ""
    shown = format(amount.normalize(), "f")
    return shown


# --- genai-prices ------------------------------------------------------------------------------------------------------

def genai_prices_at(model, moment, context):
    """Prices by class as {class: [(above, price), …]}, or None when the model is not priced by tokens or requests."""
    from genai_prices.types import TieredPrices
    price = model.get_prices(moment, context)
    found, other = {}, False
    for key, value in price.__dict__.items():
        if value is None:
            continue
        if key not in GENAI_KEYS:
            other = other or not key.endswith("searches_kcount")
            continue
        factor = 1000 if key == "requests_kcount" else 1
        steps = [(0, value.base)] + [(t.start, t.price) for t in value.tiers] if isinstance(value, TieredPrices) \
            else [(0, value)]
        found[GENAI_KEYS[key]] = [(above, litellm_prices.usd_per_million(p, factor)) for above, p in steps]
    if not found and not other and model.id.endswith(":free"):
        return {"input": [(0, Decimal(0))], "output": [(0, Decimal(0))]}
    return found if "input" in found or "output" in found else None


def genai_rows(seller, model, source):
    from genai_prices import types
    conditions = [] if isinstance(model.prices, types.ModelPrice) else [c.constraint for c in model.prices]
    batches = [v for v in model.price_variants or () if v.when == {"processing": "batch"}]
    rows = []
    for batch in (False, True) if batches else (False,):
        dates = {c.start_date for c in conditions if isinstance(c, types.StartDateConstraint)}
        begins = None
        if batch:
            starts = [v.constraint.start_date if v.constraint else None for v in batches]
            begins = None if None in starts else min(starts)
            dates |= {s for s in starts if s}
        days = [None, *sorted(dates)] if begins is None else sorted(d for d in dates if d >= begins)
        edges = sorted({edge for c in conditions if isinstance(c, types.TimeOfDateConstraint)
                        for edge in (minutes(c.start_time), minutes(c.end_time))} | {0})
        for index, day in enumerate(days):
            until = days[index + 1] if index + 1 < len(days) else None
            probe = day or (until or date(2026, 1, 1)) - timedelta(days=1)
            windows = []
            for i, start in enumerate(edges):
                end = edges[i + 1] if i + 1 < len(edges) else 1440
                moment = datetime.combine(probe, time(start // 60, start % 60), tzinfo=UTC)
                found = genai_prices_at(model, moment, {"processing": "batch"} if batch else None)
                if windows and windows[-1][2] == found:
                    windows[-1][1] = end
                else:
                    windows.append([start, end, found])
            for start, end, found in windows:
                if found is None:
                    continue
                hours = "" if (start, end) == (0, 1440) else f"{clock(start)}-{clock(end)}"
                for above, prices in litellm_prices.by_context(found).items():
                    rows.append(dict(seller=seller, model=model.id, batch="batch" if batch else "", above=above or "",
                                     valid_from=day or "", valid_to=until or "", hours=hours, prices=prices,
                                     source=source))
    return merged(rows)


def minutes(moment):
    return moment.hour * 60 + moment.minute


def clock(minute):
    return f"{minute // 60:02}:{minute % 60:02}"


def merged(rows):
    """Joins periods that follow each other with the same prices."""
    out = []
    for row in rows:
        last = next((r for r in reversed(out) if (r["batch"], r["above"], r["hours"]) ==
                     (row["batch"], row["above"], row["hours"])), None)
        if last and last["valid_to"] == row["valid_from"] != "" and last["prices"] == row["prices"]:
            last["valid_to"] = row["valid_to"]
        else:
            out.append(row)
    return out


def literal_names(provider, model):
    """Names that the source itself spells out for a model, and that its own search leads to that model."""
    clauses = [model.match, *(getattr(model.match, "or_", None) or [])]
    names = {getattr(c, kind) for c in clauses for kind in ("equals", "starts_with", "contains")
             if getattr(c, kind, None)}
    return sorted(n for n in names if len(n) > 3 and n[-1] not in "-@." and provider._match_model(n.lower()) is model)


# --- the set -----------------------------------------------------------------------------------------------------------

def same_base(one, other):
    """Whether two tables agree on what a plain call costs."""
    a, b = one.get(0, {}), other.get(0, {})
    shared = [c for c in ("input", "output") if c in a and c in b]
    return bool(shared) and all(a[c] == b[c] for c in shared)


def entries_by_seller(table):
    """What litellm lists for each seller: (rank, name, entry)."""
    found = defaultdict(list)
    for key in sorted(table):
        entry = table[key]
        provider = entry.get("litellm_provider")
        if provider and provider not in litellm_prices.UNBILLED and entry.get("mode") in litellm_prices.MODES:
            rank = next((i + 1 for i, p in enumerate(litellm_prices.LAST) if provider.startswith(p)), 0)
            found[litellm_prices.seller_of(provider)].append((rank, litellm_prices.name_of(key, provider), entry))
    return found


def build(table, before, out):
    from genai_prices.data import providers
    rows, aliases, sources, counts = [], {}, {}, Counter()
    listed = {}

    def source(package, title, url):
        key = (package, title, url)
        if key not in sources:
            sources[key] = f"{package}{sum(1 for k in sources if k[0] == package) + 1}"
        return sources[key]

    by_seller = entries_by_seller(table)

    for provider in sorted(providers, key=lambda p: p.id):
        seller = GENAI_SELLERS.get(provider.id, provider.id.replace("_", "-"))
        cited = source("g", f"genai-prices 0.2.3, provider {provider.id}", (provider.pricing_urls or [""])[0])
        models = {}
        for model in provider.models:
            found = genai_rows(seller, model, cited)
            if not found:
                counts["genai without a price by token"] += 1
                continue
            if (seller, normal(model.id)) in listed:
                counts["genai twice"] += 1
                continue
            models[model.id] = found
            listed[(seller, normal(model.id))] = found
        for model in provider.models:
            if model.id in models:
                for name in literal_names(provider, model):
                    if (seller, normal(name)) not in listed:
                        aliases.setdefault((seller, normal(name)), (name, model.id, cited))
        # litellm: names that the first source knows, when both agree on the price.
        for _, name, entry in sorted(by_seller[seller], key=lambda e: (e[0], e[1])):
            key = (seller, normal(name))
            contexts = litellm_prices.contexts_of(entry)
            target = model_of(provider, name, models, aliases, key)
            if target is None or contexts is None:
                continue
            found = models[target]
            today = [r for r in found if not r["batch"] and not r["valid_to"] and not r["hours"]]
            standard = {r["above"] or 0: r["prices"] for r in today}
            if not same_base(standard, contexts):
                counts["both, at different prices"] += 1
                continue
            counts["both, at one price"] += 1
            if key not in listed:
                aliases.setdefault(key, (name, target, cited))
            litellm_source = source("l", f"litellm 1.110.2, provider {entry['litellm_provider']}",
                                    entry.get("source") or "")
            for row in today:
                missing = {c: contexts[0][c] for c in MEDIA if c in contexts[0] and c not in row["prices"]}
                if missing and len(contexts) == 1:
                    row["prices"] = {**row["prices"], **missing}
                    row["source"] = row["source"].split("+")[0] + "+" + litellm_source
            if not any(r["batch"] for r in found):
                found += litellm_prices.rows_of(seller, target, entry, litellm_source, standard,
                                                max(str(r["valid_from"]) for r in today))
        for found in models.values():
            rows += found

    for version, entries in ((LITELLM[1], by_seller), (LITELLM_BEFORE[1], entries_by_seller(before))):
        for seller in sorted(entries):
            for _, name, entry in sorted(entries[seller], key=lambda e: (e[0], e[1])):
                key = (seller, normal(name))
                if key in listed or key in aliases:
                    continue
                cited = source("l", f"litellm {version}, provider {entry['litellm_provider']}", entry.get("source") or "")
                found = litellm_prices.rows_of(seller, name, entry, cited)
                if found:
                    listed[key] = found
                    rows += found
                    counts[f"names only in litellm {version}"] += 1
                else:
                    counts[f"litellm {version} without a price by token"] += 1
    rows = in_proportion(rows, counts)
    aliases = {key: alias for key, alias in aliases.items() if any(
        r["seller"] == key[0] and r["model"] == alias[1] for r in rows)}
    write(out, rows, aliases, sources, seller_names(rows, {**before, **table}, providers))
    counts["rows"], counts["aliases"] = len(rows), len(aliases)
    counts["models"] = len({(r["seller"], normal(r["model"])) for r in rows})
    counts["sellers"] = len({r["seller"] for r in rows})
    for what, n in sorted(counts.items()):
        print(f"{n:6} {what}")


def in_proportion(rows, counts):
    """All but litellm's models whose price is far from what most sellers ask for the model: misplaced points."""
    by_name = defaultdict(dict)
    for row in rows:
        if not row["batch"] and not row["above"] and row["prices"].get("input"):
            by_name[normal(row["model"].split("/")[-1])][row["seller"]] = row["prices"]["input"]
    wrong = set()
    for row in rows:
        asked = by_name[normal(row["model"].split("/")[-1])]
        price = row["prices"].get("input")
        if price and row["source"].startswith("l") and len(asked) >= 3:
            usual = statistics.median(asked.values())
            if not usual / MAX_RATIO <= price <= usual * MAX_RATIO:
                wrong.add((row["seller"], row["model"]))
    counts["models out of proportion"] = len(wrong)
    return [r for r in rows if (r["seller"], r["model"]) not in wrong]


def model_of(provider, name, models, aliases, key):
    """The id of the model that the first source knows under a name; None when it has none with a price."""
    match = provider._match_model(name.lower())
    if match is not None and match.id in models:
        return match.id
    same = next((m for m in models if normal(m) == key[1]), None)
    return same or (aliases[key][1] if key in aliases else None)


def seller_names(rows, table, providers):
    sellers = {r["seller"] for r in rows}
    names = {}
    with PROVIDER_ALIASES.open(newline="") as file:
        for row in csv.DictReader(file):
            if row["provider"] in sellers and row["alias"] not in NOT_THE_SELLER:
                names[normal(row["alias"])] = row["provider"]
    for provider in {e.get("litellm_provider") for e in table.values()} - litellm_prices.UNBILLED - {None}:
        names.setdefault(normal(provider), litellm_prices.seller_of(provider))
    for provider in providers:
        names.setdefault(normal(provider.id), GENAI_SELLERS.get(provider.id, provider.id.replace("_", "-")))
    names.update({"z-ai": "zai", "zai-org": "zai"})
    return sorted((a, s) for a, s in names.items() if s in sellers and a != s)


def write(out, rows, aliases, sources, sellers):
    out.mkdir(parents=True, exist_ok=True)
    csv_file(out / "set.csv", ["id", "replaces", "reason"], [[SET_ID, "", REASON]])
    csv_file(out / "sellers.csv", ["alias", "seller"], sellers)
    csv_file(out / "prefixes.csv", ["seller", "prefix"], sorted(PREFIXES))
    order = lambda r: (r["seller"], normal(r["model"]), r["batch"], str(r["valid_from"]), r["hours"], r["above"] or 0)
    csv_file(out / "prices.csv",
          ["seller", "model", "batch", "above", "valid_from", "valid_to", "hours", *CLASSES, "source"],
          [[r["seller"], r["model"], r["batch"], r["above"], r["valid_from"], r["valid_to"], r["hours"],
            *(text(r["prices"].get(c)) for c in CLASSES), r["source"]] for r in sorted(rows, key=order)])
    csv_file(out / "aliases.csv", ["seller", "alias", "model", "source"],
          [[seller, name, model, cited] for (seller, _), (name, model, cited) in sorted(aliases.items())])
    csv_file(out / "sources.csv", ["id", "title", "url", "licence"],
          [[key, title, url, "MIT"] for (_, title, url), key in
           sorted(sources.items(), key=lambda s: (s[1][0], int(s[1][1:])))])


def csv_file(path, header, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def litellm_table(wheel):
    with zipfile.ZipFile(wheel) as archive:
        prices = json.loads(archive.read(LITELLM_TABLE))
    prices.pop("sample_spec")
    return prices


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["set", "sample"])
    parser.add_argument("out", type=Path)
    parser.add_argument("--work", type=Path, default=None)
    options = parser.parse_args()
    work = options.work or Path(tempfile.mkdtemp(prefix="prices-"))
    genai, *litellm = fetch(work)
    if not os.environ.get("BUILD_PRICES_INSIDE"):
        in_own_environment(work, genai)
    if options.what == "set":
        build(*(litellm_table(wheel) for wheel in litellm), options.out)
    else:
        import price_sample
        price_sample.write(options.out)


if __name__ == "__main__":
    main()
