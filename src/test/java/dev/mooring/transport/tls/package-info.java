@NullMarked
package dev.mooring.transport.tls;

import org.jspecify.annotations.NullMarked;
