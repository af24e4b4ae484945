"""The words that Zester and a cluster say to each other; everything else is made from these."""

from __future__ import annotations

GROUP = "zester.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

CATEGORY = "zester"
"""``kubectl get zester``; not ``all``, where thousands of peels would drown everything else."""

FIELD_MANAGER = "zester-mirror"
FINALIZER = f"{GROUP}/mirror"
RECONCILE_REQUESTED = f"{GROUP}/reconcile-requested-at"
"""Annotation with any token; ``status.lastHandledReconcileAt`` answers with it."""

CONFIRM_DELETION = f"{GROUP}/confirm-deletion"
"""Annotation with the number of files or objects whose removal is really meant."""

WATCH_LABEL = f"{GROUP}/watch"
"""Label ``true`` of Secrets and ConfigMaps that are watched, not only read now and then."""
