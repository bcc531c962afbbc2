# 003_03a437cda022bd49.txt:336-355, restored: indentation, straight quotes
import requests
from requests.exceptions import HTTPError, Timeout
import time

def send_with_retry(client, message, max_retries=3):
    for attempt in range(max_retries):
        try:
            return client.send_message(message)
        except HTTPError as e:
            if e.response.status_code == 429:
                wait_time = 2 ** attempt # Exponential backoff
                print(f"Rate limited. Waiting {wait_time}s…")
                time.sleep(wait_time)
            else:
                raise
        except Timeout:
            print(f"Timeout on attempt {attempt + 1}")
            time.sleep(1)

    raise Exception("Max retries exceeded")
