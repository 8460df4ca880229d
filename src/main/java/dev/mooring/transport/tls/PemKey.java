package dev.mooring.transport.tls;

import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads private keys in the forms in which tools write them. The JDK knows PKCS#8; what is inside
 * of the older {@code RSA PRIVATE KEY} and {@code EC PRIVATE KEY} becomes that with a few bytes in
 * front, which the certificate's own key has.
 */
final class PemKey {
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ((?:[A-Z0-9]+ )*)PRIVATE KEY-----([A-Za-z0-9+/=\\s]*)"
              + "-----END (?:[A-Z0-9]+ )*PRIVATE KEY-----");
  private static final byte[] PROOF = {'m', 'o', 'o', 'r', 'i', 'n', 'g'};

  private static final int DER_SEQUENCE = 0x30;
  private static final int DER_OCTETS = 0x04;
  private static final byte[] DER_ZERO = {0x02, 0x01, 0x00};

  private PemKey() {}

  /**
   * Reads the private key that belongs to a public one.
   *
   * @throws GeneralSecurityException if there is none, or it is another's; the message says it
   */
  static PrivateKey read(String pem, PublicKey belongsTo) throws GeneralSecurityException {
    Matcher block = BLOCK.matcher(pem);
    if (!block.find()) {
      throw new GeneralSecurityException(
          pem.contains("Proc-Type:")
              ? "the private key is encrypted; decrypt it first: openssl pkey -in FILE -out FILE"
              : "there is no '-----BEGIN PRIVATE KEY-----' in it");
    }
    PrivateKey key = decode(block.group(1).strip(), bytes(block.group(2)), belongsTo);
    requirePair(key, belongsTo);
    return key;
  }

  private static byte[] bytes(String base64) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("the private key is not base64", e);
    }
  }

  private static PrivateKey decode(String kind, byte[] der, PublicKey belongsTo)
      throws GeneralSecurityException {
    byte[] pkcs8 =
        switch (kind) {
          case "" -> der;
          case "RSA", "EC" -> toPkcs8(der, belongsTo);
          case "ENCRYPTED" ->
              throw new GeneralSecurityException(
                  "the private key is encrypted; decrypt it first: openssl pkey -in FILE -out FILE");
          default ->
              throw new GeneralSecurityException(
                  "a key of kind '" + kind + "'; expected PRIVATE KEY, RSA or EC PRIVATE KEY");
        };
    String algorithm = belongsTo.getAlgorithm();
    try {
      return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    } catch (GeneralSecurityException e) {
      throw new GeneralSecurityException(
          "the private key is no " + algorithm + " key, as the certificate's is", e);
    }
  }

  private static void requirePair(PrivateKey key, PublicKey belongsTo)
      throws GeneralSecurityException {
    String algorithm =
        switch (belongsTo.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case String other -> other;
        };
    Signature signature = Signature.getInstance(algorithm);
    signature.initSign(key);
    signature.update(PROOF);
    byte[] signed = signature.sign();
    signature.initVerify(belongsTo);
    signature.update(PROOF);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("the private key is not the certificate's");
    }
  }

  /** PKCS#8 is: version 0, the algorithm, the key as octets. The public key names the algorithm. */
  private static byte[] toPkcs8(byte[] key, PublicKey belongsTo) {
    byte[] subjectKey = belongsTo.getEncoded();
    int algorithm = contentStart(subjectKey, 0);
    int end = contentStart(subjectKey, algorithm) + contentLength(subjectKey, algorithm);
    var content = new ByteArrayOutputStream();
    content.writeBytes(DER_ZERO);
    content.write(subjectKey, algorithm, end - algorithm);
    writeDer(content, DER_OCTETS, key);
    var whole = new ByteArrayOutputStream();
    writeDer(whole, DER_SEQUENCE, content.toByteArray());
    return whole.toByteArray();
  }

  /**
   * Where the content of the element at {@code at} begins. The JDK wrote it, so it is well made.
   */
  private static int contentStart(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    return first < 0x80 ? at + 2 : at + 2 + (first & 0x7f);
  }

  private static int contentLength(byte[] der, int at) {
    int first = der[at + 1] & 0xff;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < (first & 0x7f); i++) {
      length = (length << Byte.SIZE) | (der[at + 2 + i] & 0xff);
    }
    return length;
  }

  private static void writeDer(ByteArrayOutputStream out, int tag, byte[] content) {
    out.write(tag);
    int length = content.length;
    if (length < 0x80) {
      out.write(length);
    } else {
      int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / Byte.SIZE;
      out.write(0x80 | bytes);
      for (int i = bytes - 1; i >= 0; i--) {
        out.write(length >>> (i * Byte.SIZE));
      }
    }
    out.writeBytes(content);
  }
}
