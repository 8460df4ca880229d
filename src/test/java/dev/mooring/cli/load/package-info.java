/** {@code mooring loadtest}: its verdict, then the whole command against a server. */
@NullMarked
package dev.mooring.cli.load;

import org.jspecify.annotations.NullMarked;
