SELECT deal FROM deals ORDER BY number
