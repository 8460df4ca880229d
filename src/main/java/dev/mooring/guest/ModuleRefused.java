package dev.mooring.guest;

/** A module that is not let in. The message says what was found and what was expected. */
public final class ModuleRefused extends Exception {
  private static final long serialVersionUID = 1;

  public ModuleRefused(String message) {
    super(message, null, false, false);
  }
}
