@NullMarked
package dev.mooring.rate;

import org.jspecify.annotations.NullMarked;
