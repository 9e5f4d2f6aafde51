// Asks everything of the Export API that braze-api has, and prints the answers as JSON: node ask.cjs URL KEY
const { Braze } = require('braze-api')

async function main([url, key]) {
  const braze = new Braze(url, key)
  const campaigns = await braze.campaigns.list({ page: 0, 'last_edit.time[gt]': '2000-01-01T00:00:00' })
  const campaign_id = campaigns.campaigns[0].id
  const segments = await braze.segments.list({})
  const segment_id = segments.segments[0].id
  console.log(JSON.stringify({
    campaigns,
    campaignsPastTheEnd: await braze.campaigns.list({ page: 9 }),
    campaign: await braze.campaigns.details({ campaign_id }),
    canvases: await braze.canvas.list({}),
    segments,
    segment: await braze.segments.details({ segment_id }),
    sizes: await braze.segments.analytics({ segment_id, length: 7, ending_at: '2026-06-30T00:00:00' }),
    send: await braze.sends.id.create({ campaign_id, send_id: 'from-node' }),
    unknown: await braze.campaigns.details({ campaign_id: 'none' }).catch((error) => String(error.message)),
  }))
}

main(process.argv.slice(2))
