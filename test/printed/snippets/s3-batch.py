# 003_03a437cda022bd49.txt:385-399, restored: indentation, straight quotes
import concurrent.futures

def generate_content_batch(topics):
    client = OpenClawClient(BASE_URL, TOKEN)

    def generate_one(topic):
        return client.spawn_task(
            task=f"Write a 500-word blog post about {topic}",
            model="claude-sonnet-4-5"
        )

    with concurrent.futures.ThreadPoolExecutor(max_workers=5) as executor:
        results = list(executor.map(generate_one, topics))

    return results
