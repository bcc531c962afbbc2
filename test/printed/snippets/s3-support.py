# 003_03a437cda022bd49.txt:365-377, restored: indentation, straight quotes
def draft_support_response(ticket_content):
    client = OpenClawClient(BASE_URL, TOKEN)

    response = client.spawn_task(
        task=f"""Draft a helpful customer support response for:

{ticket_content}

Be professional, empathetic, and provide actionable solutions.""",
        model="claude-sonnet-4-5"
    )

    return response['reply']
