"""The style sheet of all screens: sizes, what is faded, what has the keyboard, and what goes on paper."""

__all__ = ["STALE", "STYLE"]

#: The class of what is out of date.
STALE = "crmsim-stale"

#: Sent once with each panel. What is out of date fades until the new numbers are there.
STYLE = """<style>
.crmsim-stale {opacity: 0.35; transition: opacity 0.15s;}
.crmsim-panel .widget-label {min-width: 8.5em;}
.crmsim-panel.crmsim-long-labels .widget-label {min-width: 12.5em;}
.crmsim-panel .crmsim-tools .widget-label.widget-label {min-width: 0; width: auto;}
.crmsim-panel .crmsim-tools :is(.widget-toggle-buttons, .widget-toggle-buttons > div) {
  display: flex; flex-flow: row nowrap; flex-shrink: 0;}
.crmsim-panel table.crmsim {border-collapse: collapse; font-size: 13px; line-height: 1.5;}
.crmsim-panel table.crmsim td, .crmsim-panel table.crmsim th {padding: 3px 14px; text-align: right;
  border-bottom: 1px solid #e3e3e3;}
.crmsim-panel table.crmsim th {font-weight: 600; border-bottom: 1px solid #999;}
.crmsim-panel table.crmsim td:first-child, .crmsim-panel table.crmsim th:first-child {text-align: left;}
.crmsim-panel .crmsim-card {border-top: 4px solid; padding: 6px 10px 8px; background: #fafafa;
  line-height: 1.45; color: #222;}
.crmsim-panel .crmsim-card b {font-size: 1.5em;}
.crmsim-panel .crmsim-error {background: #fdecea; border-left: 4px solid #b3261e; padding: 6px 10px;
  color: #222;}
.crmsim-panel .crmsim-note {color: #5f5f5f;}
.crmsim-panel pre.crmsim-file {white-space: pre-wrap; margin: 4px 0 0; font-size: 12px; color: #222;}
.crmsim-panel textarea {font-family: monospace;}
.crmsim-panel :is(button, input, select, textarea, .noUi-handle):focus-visible {
  outline: 3px solid #0072B2; outline-offset: -3px;}
.crmsim-panel.crmsim-projector {--jp-widgets-font-size: 18px; --jp-widgets-inline-height: 38px;
  --jp-widgets-inline-label-width: 110px; font-size: 18px;}
.crmsim-panel.crmsim-projector table.crmsim {font-size: 16.5px;}
.crmsim-panel.crmsim-projector table.crmsim :is(td, th) {padding: 3px 5px;}
.crmsim-panel.crmsim-projector pre.crmsim-file {font-size: 16px;}
.crmsim-panel.crmsim-projector .widget-html-content {font-size: 18px; line-height: 1.4;}
@media print {
  .crmsim-panel :is(button, .crmsim-tools, .widget-hprogress) {display: none !important;}
  .crmsim-panel {break-inside: avoid; max-width: 100% !important; -webkit-print-color-adjust: exact;
    print-color-adjust: exact;}
  .crmsim-panel img {max-width: 100% !important; break-inside: avoid;}
}
</style>"""
