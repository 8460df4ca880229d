package dev.mooring.server;

/**
 * A configuration that can't be used. The message says where, what was found, what was expected.
 */
public final class ConfigException extends Exception {
  private static final long serialVersionUID = 1;

  public ConfigException(String message) {
    super(message);
  }
}
