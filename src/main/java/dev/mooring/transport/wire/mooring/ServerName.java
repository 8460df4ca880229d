package dev.mooring.transport.wire.mooring;

import dev.mooring.release.Release;

/** What the server calls itself to its clients. */
final class ServerName {
  static final String NAME = "mooring/" + Release.version();

  private ServerName() {}
}
