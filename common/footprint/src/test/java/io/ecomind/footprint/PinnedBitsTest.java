package io.ecomind.footprint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Results to the last bit, so that a JVM, a reordered sum or another exp would be noticed. */
class PinnedBitsTest {
    @ParameterizedTest
    @CsvSource({
        "ECOMIND_1, LOW, 3f326894f20fd1e4, 3f4cd4238593ae2a, 3ef4e81b4e81b4e8",
        "ECOMIND_1, MID, 3f4aceb6fa3dad1a, 3f64fdad5e670a22, 3f1264befbcf23a2",
        "ECOMIND_1, HIGH, 3f6ee500745c0e34, 3f8830f2349c2d80, 3f40a0afc10b4a86",
        "ECOLOGITS_0_11_2, LOW, 3f3546c639693ccd, 3f50a8f5e07ffa5e, 3eff38c6fc00887b",
        "ECOLOGITS_0_11_2, MID, 3f5156f16ab40224, 3f6b279b533feb08, 3f18cf342e01c5f7",
        "ECOLOGITS_0_11_2, HIGH, 3f5d5c31470db514, 3f76fd5ddb1fec70, 3f24e81b4e81b4e8",
    })
    void figuresAreTheSameToTheBit(
            Methodology methodology, Bound bound, String energy, String waterOffsite, String embodied) {
        var profile = new CallProfile(
                methodology,
                new ModelParameters(new Range(17, 44), new Range(120, 352), 0, 0.37),
                new DataCentre(new Range(1.09, 1.14), new Range(0.13, 0.999)));
        var figures = new Figures();
        profile.evaluate(new Workload(1_234, 567, 890, 61.25), 0.38441, 3.1321, figures);
        assertThat(bits(figures.energy(bound))).isEqualTo(energy);
        assertThat(bits(figures.waterOffsite(bound))).isEqualTo(waterOffsite);
        assertThat(bits(figures.embodied(bound))).isEqualTo(embodied);
    }

    private static String bits(double figure) {
        return Long.toHexString(Double.doubleToRawLongBits(figure));
    }
}
