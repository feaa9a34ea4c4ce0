package io.ecomind.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command printed and how it ended. Immutable.
 *
 * @param output of both streams
 */
public record CommandLineRun(int code, String output) {
    public static CommandLineRun of(String... arguments) {
        var output = new StringWriter();
        var line = CliMain.commandLine();
        line.setOut(new PrintWriter(output, true));
        line.setErr(new PrintWriter(output, true));
        int code = line.execute(arguments);
        return new CommandLineRun(code, output.toString().replace(System.lineSeparator(), "\n"));
    }
}
