package io.ecomind.factors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ecomind.footprint.Validity;
import io.ecomind.footprint.price.DayWindow;
import io.ecomind.footprint.price.PriceClass;
import io.ecomind.footprint.price.PriceRow;
import io.ecomind.footprint.price.PriceSet;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriceSetReaderTest {
    private static final String PRICES =
            "seller,model,batch,above,valid_from,valid_to,hours,input,cache_read,cache_write,"
                    + "cache_write_1h,output,reasoning,audio_in,audio_out,image_in,image_out,audio_cache_read,image_cache_read,"
                    + "request,source\n";

    private static PriceSetFiles files(String file, String text) throws FactorSetException {
        Map<String, String> texts = new TreeMap<>(Map.of(
                "set.csv", "id,replaces,reason\nsmall-1,,A test's.\n",
                "sources.csv",
                        "id,title,url,licence\ng1,\"Some list, page 1\",https://example.org/prices,MIT\nl1,Another,,BSD\n",
                "sellers.csv", "alias,seller\nazure-openai,azure\n",
                "prefixes.csv", "seller,prefix\ngoogle,models/\n",
                "prices.csv", PRICES + "azure,gpt-4o,,,,,,2.5,,,,10,,,,,,,,,g1\n",
                "aliases.csv", "seller,alias,model,source\n"));
        texts.put(file, text);
        return PriceSetFiles.of(texts);
    }

    @Test
    void a_row_is_read_exactly() throws FactorSetException {
        PriceSet set = files(
                        "prices.csv",
                        PRICES
                                + "azure,gpt-4o,batch,200000,2026-08-17,2026-09-01,01:00-24:00,0.000000001,1000000,"
                                + "0.1,1.23456789,7,8,9,10,11,12,13,14,5000,g1+l1\n")
                .parse();
        PriceRow row = set.rows().get(0);
        assertThat(row.label()).isEqualTo("azure/gpt-4o");
        assertThat(row.batch()).isTrue();
        assertThat(row.aboveTokens()).isEqualTo(200_000);
        assertThat(row.validity()).isEqualTo(Validity.between(LocalDate.of(2026, 8, 17), LocalDate.of(2026, 9, 1)));
        assertThat(row.hours()).isEqualTo(new DayWindow(60, 1_440));
        assertThat(row.rates().all())
                .hasSize(PriceClass.values().length)
                .containsEntry(PriceClass.INPUT, 1L)
                .containsEntry(PriceClass.CACHE_READ, 1_000_000_000_000_000L)
                .containsEntry(PriceClass.CACHE_WRITE, 100_000_000L)
                .containsEntry(PriceClass.CACHE_WRITE_1H, 1_234_567_890L)
                .containsEntry(PriceClass.REQUEST, 5_000_000_000_000L);
        assertThat(row.citation().source()).isEqualTo("Some list, page 1; https://example.org/prices; with Another");
        assertThat(row.citation().licence()).isEqualTo("MIT; BSD");
    }

    @Test
    void an_empty_field_is_no_price_and_0_is_one() throws FactorSetException {
        PriceRow row = files("prices.csv", PRICES + "azure,gpt-4o,,,,,,0,,,,10,,,,,,,,,g1\n")
                .parse()
                .rows()
                .get(0);
        assertThat(row.rates().all())
                .containsOnly(Map.entry(PriceClass.INPUT, 0L), Map.entry(PriceClass.OUTPUT, 10_000_000_000L));
        assertThat(row.hours()).isEqualTo(DayWindow.ALL_DAY);
        assertThat(row.validity()).isEqualTo(Validity.ALWAYS);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "a,m,Batch,,,,,1,,,,1,,,,,,,,,g1 | batch must be empty or batch, was 'Batch'",
                "a,m,,x,,,,1,,,,1,,,,,,,,,g1 | above must be a whole number, was 'x'",
                "a,m,,,2026-02-30,,,1,,,,1,,,,,,,,,g1 | valid_from must be a date yyyy-MM-dd, was '2026-02-30'",
                "a,m,,,2026-02-02,2026-02-02,,1,,,,1,,,,,,,,,g1 | valid_to must be after valid_from",
                "a,m,,,,,1:00-2:00,1,,,,1,,,,,,,,,g1 | hours must be empty or HH:MM-HH:MM, was '1:00-2:00'",
                "a,m,,,,,01:60-02:00,1,,,,1,,,,,,,,,g1 | hours must have minutes up to 59, was 60",
                "a,m,,,,,22:00-04:00,1,,,,1,,,,,,,,,g1 | hours must end after they begin, within 00:00 and 24:00",
                "a,m,,,,,00:00-24:01,1,,,,1,,,,,,,,,g1 | hours must end after they begin, within 00:00 and 24:00",
                "a,m,,,,,,-1,,,,1,,,,,,,,,g1 | input must be USD per million with up to 9 decimals, was '-1'",
                "a,m,,,,,,1e-6,,,,1,,,,,,,,,g1 | input must be USD per million with up to 9 decimals, was '1e-6'",
                "a,m,,,,,,1,,,,0.0000000001,,,,,,,,,g1 | output must be USD per million with up to 9 decimals",
                "a,m,,,,,,1000001,,,,1,,,,,,,,,g1 | input must be 0 to 1000000000000000 nano-USD per million",
                "a,m,,,,,,1,,,,1,,,,,,,,,g2 | source must be an id of sources.csv, was 'g2'",
                "a,m,,,,,,1,,,,1,,,,,,,,,g1+ | source must be an id of sources.csv, was ''",
                ",m,,,,,,1,,,,1,,,,,,,,,g1 | seller must not be empty",
                "a,,,,,,,1,,,,1,,,,,,,,,g1 | model must not be empty",
                "azure,GPT-4O,,,,,,1,,,,1,,,,,,,,,g1 | model azure/GPT-4O has two prices for the same time, hours and size"
            })
    void a_row_that_cannot_be_true_is_refused_with_its_line(String row, String problem) {
        assertThatThrownBy(() -> files("prices.csv", PRICES + "azure,gpt-4o,,,,,,2.5,,,,10,,,,,,,,,g1\n" + row + "\n")
                        .parse())
                .isInstanceOf(FactorSetException.class)
                .hasMessageStartingWith("prices.csv:3: " + problem);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "set.csv | id,replaces,reason | set.csv: the file must have one row",
                "sources.csv | id,title,url,licence\\ng1,A,,MIT\\ng1,B,,MIT | sources.csv:3: id g1 is there twice",
                "sellers.csv | alias,seller\\nx,azure\\nX,openai | sellers.csv:3: alias X is there twice",
                "prefixes.csv | seller,prefix\\na, | prefixes.csv:2: prefix must not be empty",
                "aliases.csv | seller,alias,model,source\\nazure,x,y,g1 | model of alias azure/x must be listed, was azure/y",
                "aliases.csv | seller,alias,model,source\\nazure,,y,g1 | aliases.csv:2: seller, alias and model must not be empty",
                "prices.csv | seller,model | prices.csv:1: the header must be seller,model,batch"
            })
    void other_files_are_checked_too(String file, String text, String problem) {
        assertThatThrownBy(() -> files(file, text.replace("\\n", "\n") + "\n").parse())
                .isInstanceOf(FactorSetException.class)
                .hasMessageStartingWith(problem);
    }

    @Test
    void all_problems_are_told_at_once() {
        assertThatThrownBy(() -> files(
                                "prices.csv", PRICES + "a,m,,,,,,x,,,,1,,,,,,,,,g1\na,n,,,,,,1,,,,1,,,,,,,,,nowhere\n")
                        .parse())
                .isInstanceOfSatisfying(
                        FactorSetException.class, e -> assertThat(e.problems()).hasSize(2));
    }
}
