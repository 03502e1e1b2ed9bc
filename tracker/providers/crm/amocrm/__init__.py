"""amoCRM and Kommo: one product on two hosts. Their `leads` are our deals, their "unsorted" our leads.

Source: amoCRM developers documentation (CRM platform, API v4), read October 2025.
"""

from tracker.providers.crm.amocrm.crm import AmoCrm

__all__ = ["AmoCrm"]
