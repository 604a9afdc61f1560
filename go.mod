module projectpenalty

go 1.26
