# SPDX-License-Identifier: Apache-2.0
async def test_chromium_runs_the_scripts_of_a_page(window):
    page = await window.new_page()
    await page.set_content("<p id=p></p><script>document.getElementById('p').textContent = 6 * 7</script>")

    assert await page.locator("#p").text_content() == "42"
