/** Tests of the state package, alone and with guests whose state it holds. */
@NullMarked
package dev.mooring.state;

import org.jspecify.annotations.NullMarked;
