package dev.mooring.transport.config;

import java.util.List;

/** The oldest version of TLS that a server speaks; it speaks the newer ones too. */
public enum TlsVersion {
  TLS_1_2("1.2"),
  TLS_1_3("1.3");

  private final String number;

  TlsVersion(String number) {
    this.number = number;
  }

  /** As operators write it: {@code 1.2}. */
  public String number() {
    return number;
  }

  /** It and the newer ones, by the names that the JDK has for them. */
  public List<String> protocols() {
    return switch (this) {
      case TLS_1_2 -> List.of("TLSv1.3", "TLSv1.2");
      case TLS_1_3 -> List.of("TLSv1.3");
    };
  }
}
