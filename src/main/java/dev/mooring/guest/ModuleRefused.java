package dev.mooring.guest;

/** A module that is not let in. The message says what was found and what was expected. */
public final class ModuleRefused extends Exception {
  private static final long serialVersionUID = 1;

  /** What the server lacked to let it in. */
  public enum Lack {
    /** Nothing: it is the module that isn't right, and it will be refused whenever it is tried. */
    NONE,
    /** Memory, which may be free again later. */
    MEMORY,
    /** Time: its initialisation takes too long, or the machine was busy with others. */
    TIME
  }

  private final Lack lack;

  public ModuleRefused(String message) {
    this(message, Lack.NONE);
  }

  public ModuleRefused(String message, Lack lack) {
    super(message, null, false, false);
    this.lack = lack;
  }

  /** Whether another time the same module may be let in, and what for. */
  public Lack lack() {
    return lack;
  }
}
