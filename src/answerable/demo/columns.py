"""The columns of `loanapp` (Boston Fed, 1990): which a model may see, and why not the others."""

from __future__ import annotations

LABEL = "approve"

FROM_APPLICANT = (
    *("loanamt", "loanprc", "term", "fixadj", "unit", "appinc", "netw", "hrat", "obrat"),
    *("emp", "yjob", "self", "unem", "cosign", "gift"),
)
FROM_CREDIT_REPORT = ("rep", "lines", "cons", "mortg", "pubrec")
FEATURES = FROM_APPLICANT + FROM_CREDIT_REPORT

PROTECTED = ("black", "hispan", "white", "male", "old", "married")

# 999999.375 stands for "not told" in these two.
NOT_TOLD = 999_999.375
CODED = ("term", "lines")

KEPT_OUT: dict[tuple[str, ...], str] = {
    PROTECTED: "race, ethnicity, sex, age and marital status must not weigh (ECOA, Regulation B);"
    " kept apart, for the measurement of fairness alone",
    ("action", "reject"): "the outcome itself",
    ("typur", "inss", "inson", "review"): "known only while the bank decides, or afterwards",
    ("gdlin", "unver"): "an underwriter's judgement of 1990, not a fact about the applicant",
    ("min30", "bd", "mi", "vr", "suffolk"): "the neighbourhood, which stands in for race",
    ("dep", "sch"): "children and schooling stand close to protected grounds",
    ("mortno", "mortperf", "mortlat1", "mortlat2", "chist", "multi", "thick", "prop"): "says"
    " again, more coarsely, what mortg, cons, unit and rep say",
    ("price", "apr", "hexp", "atotinc", "cototinc", "liq", "other"): "an amount that loanprc,"
    " hrat, appinc or netw already puts in proportion",
    ("occ", "msa"): "the same for all who are selected",
}
