"""The master: enrols, grants, mirrors and rolls up; never in the hot path of a peel."""
