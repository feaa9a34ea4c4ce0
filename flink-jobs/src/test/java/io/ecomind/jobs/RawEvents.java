package io.ecomind.jobs;

import io.ecomind.contracts.ReferenceHash;
import io.ecomind.contracts.v1.FactorSet;
import io.ecomind.contracts.v1.FactorSetPart;
import io.ecomind.contracts.v1.Heartbeat;
import io.ecomind.contracts.v1.Organisation;
import io.ecomind.contracts.v1.RawRecord;
import io.ecomind.contracts.v1.ReferenceEntry;
import io.ecomind.contracts.v1.ReferenceManifest;
import io.ecomind.contracts.v1.ReferenceRecord;
import io.ecomind.contracts.v1.TimeZoneSpan;
import io.ecomind.contracts.v1.UsageEvent;
import io.ecomind.factors.FactorSetException;
import io.ecomind.factors.FactorSetFiles;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Builders of what travels in events.raw and reference, with valid defaults. */
public final class RawEvents {
    /** One call of openai/gpt-4o in these tests costs 0.001 kWh * PUE 1.2, 2 L/kWh, 0.4 kg/kWh. */
    public static final long NANOWATTHOURS = 1_200_000_000L;

    private RawEvents() {}

    public static long micros(String instant) {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.parse(instant));
    }

    public static UsageEvent.Builder event(String org, String id, long tsMicros) {
        return UsageEvent.newBuilder()
                .setOrgId(org)
                .setSource("sdk")
                .setId(id)
                .setTsMicros(tsMicros)
                .setReceivedAtMicros(tsMicros + 1_000_000)
                .setUserId("user-1")
                .setProvider("openai")
                .setModel("gpt-4o")
                .setTokensIn(100)
                .setTokensOut(10)
                .setModality("text");
    }

    public static byte[] raw(UsageEvent.Builder event) {
        return RawRecord.newBuilder().setEvent(event).build().toByteArray();
    }

    public static byte[] heartbeat(long receivedAtMicros) {
        return RawRecord.newBuilder()
                .setHeartbeat(Heartbeat.newBuilder().setReceivedAtMicros(receivedAtMicros))
                .build()
                .toByteArray();
    }

    public static ReferenceEntry organisation(String id, String zone, long version) {
        return ReferenceEntry.newBuilder()
                .setKey("org/" + id)
                .setVersion(version)
                .setOrganisation(Organisation.newBuilder()
                        .setId(id)
                        .addTimeZones(TimeZoneSpan.newBuilder().setZone(zone)))
                .build();
    }

    /** A set with one model, a flat factor of 0.4 kg/kWh where no region is known, and one country. */
    public static List<ReferenceEntry> factorSet(String id, long activeFromMicros, String kwhPerCall, long version) {
        return entries(files(id, kwhPerCall), id, activeFromMicros, version);
    }

    /** The files of that set. */
    public static FactorSetFiles files(String id, String kwhPerCall) {
        Map<String, String> texts = new TreeMap<>();
        for (String name : FactorSetFiles.NAMES) {
            String shipped = FactorSetFiles.shipped().text(name);
            texts.put(name, shipped.substring(0, shipped.indexOf('\n') + 1));
        }
        add(texts, "set.csv", id + ",ecomind-1,,For tests.");
        add(texts, "providers.csv", "*,WOR,1.1,1.2,0.1,0.9,4,,,s,l");
        add(
                texts,
                "per_call.csv",
                String.join(",", "openai,gpt-4o,per_call", kwhPerCall, kwhPerCall, kwhPerCall, "1.2,2,0.4,3,,,s,l"));
        add(texts, "grid.csv", "WOR,2020-01-01,year,400,s,l");
        add(texts, "grid.csv", "FRA,2020-01-01,year,50,s,l");
        add(texts, "water.csv", "WOR,4,s,l");
        try {
            return FactorSetFiles.of(texts);
        } catch (FactorSetException e) {
            throw new AssertionError(e);
        }
    }

    private static void add(Map<String, String> texts, String file, String row) {
        texts.merge(file, row + "\n", String::concat);
    }

    /** A set as the publisher sends it: its parts, then its head. */
    public static List<ReferenceEntry> entries(FactorSetFiles files, String id, long activeFromMicros, long version) {
        List<ReferenceEntry> entries = new ArrayList<>();
        for (FactorSetFiles.Part part : files.parts()) {
            entries.add(ReferenceEntry.newBuilder()
                    .setKey("set/" + id + "/" + part.number())
                    .setVersion(version + part.number())
                    .setFactorSetPart(FactorSetPart.newBuilder()
                            .setFactorSet(id)
                            .setNumber(part.number())
                            .setFile(part.file())
                            .setText(part.text()))
                    .build());
        }
        entries.add(ReferenceEntry.newBuilder()
                .setKey("set/" + id)
                .setVersion(version + entries.size())
                .setFactorSet(FactorSet.newBuilder()
                        .setId(id)
                        .setActiveFromMicros(activeFromMicros)
                        .setParts(entries.size())
                        .setSha256(files.sha256()))
                .build());
        return entries;
    }

    public static byte[] record(ReferenceEntry entry) {
        return ReferenceRecord.newBuilder().setEntry(entry).build().toByteArray();
    }

    /** The manifest that counts exactly these entries. */
    public static byte[] manifest(List<ReferenceEntry> entries) {
        var versions = new TreeMap<String, Long>();
        entries.forEach(entry -> versions.put(entry.getKey(), entry.getVersion()));
        return ReferenceRecord.newBuilder()
                .setManifest(ReferenceManifest.newBuilder()
                        .setVersion(1)
                        .setEntries(versions.size())
                        .setSha256(com.google.protobuf.ByteString.copyFrom(ReferenceHash.sha256(versions))))
                .build()
                .toByteArray();
    }

    /** The reference data of most tests: one set that is always active and the given organisations, in UTC. */
    public static List<ReferenceEntry> reference(String... organisations) {
        List<ReferenceEntry> entries = new ArrayList<>(factorSet("s1", 0, "0.001", 1));
        for (String id : organisations) {
            entries.add(organisation(id, "UTC", 10 + entries.size()));
        }
        return entries;
    }
}
