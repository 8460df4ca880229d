/** Tools of the tests of whole servers: clients, certificates, guests, a proxy that breaks. */
@NullMarked
package dev.mooring.server.testing;

import org.jspecify.annotations.NullMarked;
