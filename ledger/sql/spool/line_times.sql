SELECT times FROM lines WHERE digest = ?
