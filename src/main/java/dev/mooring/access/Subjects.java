package dev.mooring.access;

import javax.naming.InvalidNameException;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import javax.security.auth.x500.X500Principal;

/** The tenants that certificates name. */
final class Subjects {
  private Subjects() {}

  /** The subject's common name; the whole subject, if it has none. */
  static String tenantOf(X500Principal subject) {
    String whole = subject.getName(X500Principal.RFC2253);
    try {
      var names = new LdapName(whole).getRdns();
      // The most particular is the last here, and the first as people write it.
      for (Rdn name : names.reversed()) {
        Attribute common = name.toAttributes().get("CN");
        if (common != null && common.get() instanceof String text && !text.isBlank()) {
          return text;
        }
      }
      return whole;
    } catch (InvalidNameException e) {
      return whole;
    } catch (NamingException e) {
      return whole;
    }
  }
}
