package io.ecomind.cli;

/** The rule for the exit codes of all commands, and the line of each command's help that states it. */
public final class ExitCode {
    /** All that was asked for is done, and what was checked is true. */
    public static final int DONE = 0;

    /** The command failed, or something was rejected, was not counted or is not true. */
    public static final int FAILED = 1;

    /** The command line is wrong: unknown option, bad value, a missing file, a directory where a file is wanted. */
    public static final int USAGE = 2;

    /** What each command's help ends with. */
    static final String HELP =
            "Exit codes: 0 done; 1 failed, or something was not counted or is not true; 2 wrong usage.";

    private ExitCode() {}

    /** The code of a command that either found all as it should be or did not. */
    static int of(boolean allTrue) {
        return allTrue ? DONE : FAILED;
    }
}
