"""`/api/v1/manage/metrics/…`: the numbers of the pages, by the same selectors, for the same questions.

Rates and differences are fractions, with the bounds of their 95 % intervals. What is not known is null, never 0.
"""
