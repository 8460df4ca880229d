package dev.mooring.transport.wire;

import dev.mooring.server.testing.Pki;
import dev.mooring.transport.config.ListenerConfig;
import dev.mooring.transport.config.TlsConfig;
import java.nio.file.Path;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract of a wire that is spoken within TLS. */
public abstract class TlsWireContract extends WireContract {
  @TempDir static Path folder;

  private static TlsConfig tls;
  private static SSLContext trusting;

  @BeforeAll
  static void issue() throws Exception {
    var pki = new Pki(folder);
    pki.issueServer("server");
    tls = TlsConfig.of(pki.certificate("server"), pki.key("server"));
    trusting = pki.context(null);
  }

  /** What a client trusts. */
  protected static SSLContext trusting() {
    return trusting;
  }

  @Override
  protected ListenerConfig listener() {
    return ListenerConfig.DEFAULTS.withTls(tls);
  }

  @Override
  protected boolean tellsRefusals() {
    return false;
  }
}
