# 000_4d4d84985841a2ae.txt:112-118, restored: indentation, without the heading "WebSocket API"
# Home Assistant automation
import requests
def on_motion_detected(camera_name):
    requests.post('http://openclaw:18789/api/sessions/main/messages',
        headers={'Authorization': 'Bearer token'},
        json={'message': f'Motion detected on {camera_name}. Check the camera and let me know if anything looks unusual.'}
    )
