package dev.mooring.transport.config;

/** Whether clients must show a certificate, where there is somebody to trust for it. */
public enum ClientCertificates {
  /** A handshake without one fails. */
  REQUIRED,
  /** A client may show one, or come with a token instead. */
  OPTIONAL
}
