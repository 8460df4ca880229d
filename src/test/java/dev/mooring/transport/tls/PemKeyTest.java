package dev.mooring.transport.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Private keys in the forms in which tools write them. */
final class PemKeyTest {
  private static KeyPair pair(String algorithm, int bits) throws GeneralSecurityException {
    var generator = KeyPairGenerator.getInstance(algorithm);
    generator.initialize(bits);
    return generator.generateKeyPair();
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN "
        + kind
        + "-----\n"
        + Base64.getMimeEncoder().encodeToString(der)
        + "\n-----END "
        + kind
        + "-----\n";
  }

  /** What is inside of PKCS#8: it ends with the older form, which begins a sequence of its own. */
  private static byte[] inner(byte[] pkcs8, int start) {
    assertEquals(0x30, pkcs8[start]);
    return Arrays.copyOfRange(pkcs8, start, pkcs8.length);
  }

  @ParameterizedTest
  @CsvSource({"RSA,2048", "EC,256", "EC,384", "Ed25519,255"})
  void read_pkcs8_isTheKey(String algorithm, int bits) throws Exception {
    KeyPair pair = pair(algorithm, bits);
    String pem = "a line\r\n" + pem("PRIVATE KEY", pair.getPrivate().getEncoded());
    assertEquals(pair.getPrivate(), PemKey.read(pem, pair.getPublic()));
  }

  @Test
  void read_pkcs1_isTheKey() throws Exception {
    KeyPair pair = pair("RSA", 2048);
    byte[] pkcs1 = inner(pair.getPrivate().getEncoded(), 26);
    assertEquals(pair.getPrivate(), PemKey.read(pem("RSA PRIVATE KEY", pkcs1), pair.getPublic()));
  }

  @Test
  void read_sec1BehindItsParameters_isTheKey() throws Exception {
    KeyPair pair = pair("EC", 256);
    byte[] sec1 = inner(pair.getPrivate().getEncoded(), 28);
    String pem = pem("EC PARAMETERS", new byte[] {6, 1, 1}) + pem("EC PRIVATE KEY", sec1);
    assertEquals(pair.getPrivate(), PemKey.read(pem, pair.getPublic()));
  }

  @Test
  void read_notTheKey_saysWhy() throws Exception {
    KeyPair pair = pair("EC", 256);
    assertRefused("is not the certificate's", pair, pair("EC", 256));
    assertRefused("is no EC key", pair, pair("RSA", 2048));
    assertRefused("no '-----BEGIN PRIVATE KEY-----'", pair, "");
    assertRefused("is encrypted", pair, pem("ENCRYPTED PRIVATE KEY", new byte[] {1}));
    assertRefused("of kind 'DSA'", pair, pem("DSA PRIVATE KEY", new byte[] {1}));
    assertRefused("is no EC key", pair, pem("EC PRIVATE KEY", new byte[] {1}));
  }

  private static void assertRefused(String why, KeyPair pair, KeyPair other) {
    assertRefused(why, pair, pem("PRIVATE KEY", other.getPrivate().getEncoded()));
  }

  private static void assertRefused(String why, KeyPair pair, String pem) {
    var e = assertThrows(GeneralSecurityException.class, () -> PemKey.read(pem, pair.getPublic()));
    assertTrue(e.toString().contains(why), e::toString);
  }
}
