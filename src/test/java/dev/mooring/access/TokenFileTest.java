package dev.mooring.access;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.security.auth.x500.X500Principal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TokenFileTest {
  @TempDir Path folder;

  private Path write(String text) throws IOException {
    return Files.writeString(folder.resolve("tokens"), text);
  }

  @Test
  void read_digestsAndTokens_knowsTheirTenants() throws IOException {
    String token = Tokens.generate();
    TokenFile file =
        TokenFile.read(
            write(
                "# ours\n\n"
                    + Tokens.line("alice", token)
                    + "  # since May\n  alice=another-token#of-hers\n"
                    + "bob = 0123456789abcdef\n"));
    assertEquals("alice", file.tenantOf(token));
    assertEquals("alice", file.tenantOf("another-token#of-hers"));
    assertEquals("bob", file.tenantOf("0123456789abcdef"));
    assertNull(file.tenantOf("0123456789abcdeg"));
    assertNull(file.tenantOf(""));
    assertNull(file.tenantOf(Tokens.line("alice", token).substring("alice = ".length())));
    assertEquals(3, file.size());
    assertEquals(2, file.inTheClear());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "alice | expected TENANT = sha256:HEX",
        "alice = a secret with blanks | expected TENANT = sha256:HEX",
        "al ice = 0123456789abcdef | expected TENANT = sha256:HEX",
        "alice = tooshortsecret | the token is too short: at least 16 characters",
        "alice = sha256:12 | after sha256: come 64 hexadecimal digits",
        "bob = 0123456789abcdef0 | the token is the one of tenant eve",
      })
  void read_wrongLine_saysWhichAndNotTheToken(String line, String why) throws IOException {
    Path file = write("eve = 0123456789abcdef0\n\n" + line + "\n");
    var e = assertThrows(IOException.class, () -> TokenFile.read(file));
    assertTrue(e.toString().contains("tokens, line 3: " + why), e::toString);
    assertFalse(e.toString().contains("secret"), e::toString);
  }

  @Test
  void read_byteOrderMark_isSkipped() throws IOException {
    TokenFile file = TokenFile.read(write("\uFEFFalice = 0123456789abcdef\n"));
    assertEquals("alice", file.tenantOf("0123456789abcdef"));
  }

  @Test
  void read_notUtf8_saysWhereAndNotTheToken() throws IOException {
    byte[] latin1 = "\nbob = secret\u00FCsecret\n".getBytes(StandardCharsets.ISO_8859_1);
    Path file = Files.write(folder.resolve("tokens"), latin1);
    var e = assertThrows(IOException.class, () -> TokenFile.read(file));
    assertEquals(
        file
            + ", line 2, offset 13: the byte FC is not UTF-8;"
            + " expected lines TENANT = sha256:HEX in UTF-8",
        e.getMessage());
  }

  @Test
  void identify_tokenOrCertificate_theTokenDecides() throws IOException {
    Path file = write("alice = 0123456789abcdef\n");
    var tenants = new Tenants(AccessConfig.DEFAULTS.withTokens(file), true);
    var bob = new X500Principal("O=Acme, CN=bob");
    assertKnown("alice", tenants.identify("0123456789abcdef", bob));
    assertKnown("bob", tenants.identify("", bob));
    assertInstanceOf(Identity.Unknown.class, tenants.identify("wrong", bob));
    assertInstanceOf(Identity.Unknown.class, tenants.identify("", null));
  }

  @Test
  void identify_nothingIsAsked_isAnyone() throws IOException {
    var tenants = new Tenants(AccessConfig.DEFAULTS, false);
    assertEquals(Identity.ANYONE, tenants.identify("whatever", null));
  }

  @Test
  void reload_unusableFile_changesNothing() throws IOException {
    Path file = write("alice = 0123456789abcdef\n");
    var tenants = new Tenants(AccessConfig.DEFAULTS.withTokens(file), false);
    write("alice\n");
    tenants.reload();
    assertKnown("alice", tenants.identify("0123456789abcdef", null));
    write("bob = 0123456789abcdef\n");
    tenants.reload();
    assertKnown("bob", tenants.identify("0123456789abcdef", null));
    assertEquals(2, tenants.use().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "CN=alice,O=Acme | alice",
        "O=Acme,CN=alice | alice",
        "CN=inner,CN=outer | inner",
        "OU=x+CN=alice,O=Acme | alice",
        "CN=a\\,b | a,b",
        "O=Acme,C=DE | O=Acme,C=DE",
      })
  void subject_commonNameIsTheTenant(String subject, String tenant) {
    assertEquals(tenant, Subjects.tenantOf(new X500Principal(subject)));
  }

  private static void assertKnown(String tenant, Identity identity) {
    assertEquals(tenant, assertInstanceOf(Identity.Known.class, identity).tenant().name());
  }
}
