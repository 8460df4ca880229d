package dev.mooring.guest.intake;

/** What a module's initialisation may be given alike for every session, if the module allows it. */
public enum FixedInput {
  /** The time of day, and the monotonic clock. */
  CLOCK("clock", "clock"),
  /** WASI's environment variables, of which there are none then. */
  ENVIRONMENT("environment", "environment"),
  /** Random numbers, which follow from the module's digest then. */
  RANDOM("random", "random numbers");

  private final String word;
  private final String text;

  FixedInput(String word, String text) {
    this.word = word;
    this.text = text;
  }

  /** As the section {@code mooring.initialisation} has it. */
  public String word() {
    return word;
  }

  /** For people. */
  @Override
  public String toString() {
    return text;
  }
}
