/** Where the source of the running program is, which its licence has everybody told who uses it over a network. */
@NullMarked
package io.ecomind.api.source;

import org.jspecify.annotations.NullMarked;
