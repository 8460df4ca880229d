/** {@code mooring admin} and {@code mooring top}, against a server's admin side. */
@NullMarked
package dev.mooring.cli.admin;

import org.jspecify.annotations.NullMarked;
