package viz_test

import _ "projectpenalty/viz/draw" // the tests draw in their own process
