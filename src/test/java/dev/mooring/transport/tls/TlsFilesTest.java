package dev.mooring.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mooring.transport.config.TlsConfig;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsFilesTest {
  @TempDir Path folder;
  private X509Bundle bundle;
  private Path certificate;
  private Path key;

  @BeforeEach
  void issue() throws Exception {
    bundle =
        new CertificateBuilder()
            .ecp256()
            .subject("CN=server")
            .setIsCertificateAuthority(true)
            .buildSelfSigned();
    certificate = folder.resolve("server.pem");
    key = folder.resolve("server.key");
    write("", StandardCharsets.UTF_8);
  }

  private void write(String before, Charset charset) throws IOException {
    Files.writeString(certificate, before + bundle.getCertificatePEM(), charset);
    Files.writeString(key, before + bundle.getPrivateKeyPEM(), charset);
  }

  private TlsFiles read() throws IOException {
    return TlsFiles.read(TlsConfig.of(certificate, key));
  }

  private String refusal() {
    return String.valueOf(assertThrows(IOException.class, this::read).getMessage());
  }

  @Test
  void read_commentsAndByteOrderMarks_areSkipped() throws IOException {
    write("\uFEFFgr\u00F6\u00DFe\n", StandardCharsets.UTF_8);
    assertEquals(bundle.getCertificate(), read().chain().getFirst());
  }

  @Test
  void read_certificateInUtf16_saysSo() throws IOException {
    Files.writeString(
        certificate, "\uFEFF" + bundle.getCertificatePEM(), StandardCharsets.UTF_16LE);
    assertEquals(
        certificate + ": this is UTF-16, as it begins with FF FE; expected PEM in UTF-8",
        refusal());
  }

  @Test
  void read_keyThatIsNotUtf8_saysWhere() throws IOException {
    Files.writeString(
        key, "gr\u00F6\u00DFe\n" + bundle.getPrivateKeyPEM(), StandardCharsets.ISO_8859_1);
    assertEquals(
        key + ", line 1, offset 2: the byte F6 is not UTF-8; expected PEM in UTF-8", refusal());
  }

  @Test
  void read_certificateThatIsDer_saysWhatWasExpected() throws Exception {
    Files.write(certificate, bundle.getCertificate().getEncoded());
    assertEquals(
        certificate + ", line 1, offset 1: the byte 82 is not UTF-8; expected PEM in UTF-8",
        refusal());
  }
}
