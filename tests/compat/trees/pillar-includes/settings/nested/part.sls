part: of {{ sls }}
