package dev.mooring.capsule;

import java.io.IOException;

/** A file is no capsule that can be read here; the message says why, and not which file. */
public final class CapsuleException extends IOException {
  private static final long serialVersionUID = 1;

  CapsuleException(String message) {
    super(message);
  }
}
