package dev.mooring.transport.config;

import java.net.InetAddress;
import java.util.regex.Pattern;

/**
 * Addresses that begin alike: {@code 10.0.0.0/8}, {@code 192.0.2.7}, {@code 2001:db8::/32}.
 *
 * @param address its first
 * @param bits in how many bits they are alike
 */
public record AddressRange(InetAddress address, int bits) {
  private static final Pattern V4 = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

  /**
   * Reads a range.
   *
   * @throws IllegalArgumentException if the text is none
   */
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    // Whatever has neither form is a name, which would be looked up.
    if (!V4.matcher(address).matches() && address.indexOf(':') < 0) {
      throw wrong(text);
    }
    try {
      InetAddress first = InetAddress.ofLiteral(address);
      int most = first.getAddress().length * Byte.SIZE;
      int bits = slash < 0 ? most : Integer.parseInt(text.substring(slash + 1));
      if (bits < 0 || bits > most) {
        throw wrong(text);
      }
      return new AddressRange(first, bits);
    } catch (NumberFormatException e) {
      throw wrong(text);
    } catch (IllegalArgumentException e) {
      throw wrong(text);
    }
  }

  private static IllegalArgumentException wrong(String text) {
    return new IllegalArgumentException(
        "'" + text + "' is no address and no range of addresses, such as 10.0.0.0/8");
  }

  /** Whether an address is one of them. */
  public boolean contains(InetAddress other) {
    byte[] ours = address.getAddress();
    byte[] theirs = other.getAddress();
    if (ours.length != theirs.length) {
      return false;
    }
    int whole = bits / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (ours[i] != theirs[i]) {
        return false;
      }
    }
    int rest = bits % Byte.SIZE;
    return rest == 0 || ((ours[whole] ^ theirs[whole]) & 0xff) >>> (Byte.SIZE - rest) == 0;
  }

  @Override
  public String toString() {
    return address.getHostAddress() + "/" + bits;
  }
}
