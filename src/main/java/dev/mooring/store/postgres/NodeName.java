package dev.mooring.store.postgres;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** What a server is called among those that share a database, if nobody says. */
public final class NodeName {
  private NodeName() {}

  /** The machine's name: two servers on one need names of their own. */
  public static String ofThisMachine() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "localhost";
    }
  }
}
