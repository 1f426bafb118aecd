import { html } from '../platform/http/html.ts';
import { writePage } from './layout.ts';
import { PROVE_DIALOG } from './prove-dialog.ts';

/** `/`: the studio. */
export function homePage(): string {
  return writePage({
    title: 'Studio',
    style: 'home.css',
    script: 'home.js',
    header: html`<span id="status" class="status small soft" role="status" hidden></span>
      <nav>
        <a href="/docs/api">API</a>
        <a href="/settings/security">Settings</a>
        <button id="sign-out" class="link" type="button" hidden>Sign out</button>
      </nav>`,
    main: html`
      <noscript><section class="card center"><p>The studio needs JavaScript.</p></section></noscript>
      <div id="studio" hidden>
        ${MAKE}
        ${FILMS}
        ${KEYS}
      </div>
      <p id="spoken" class="visually-hidden" role="status"></p>`,
    rest: html`${PLAYER}
    ${PROVE_DIALOG}
    ${TEMPLATES}`,
  });
}

/** What is wished for. */
const MAKE = html`<form id="make" class="card" novalidate>
          <h1><label for="topic">What is the next film about?</label></h1>
          <textarea id="topic" name="topic" rows="2" maxlength="500" placeholder="Why octopuses have three hearts" aria-describedby="make-problem"></textarea>
          <div class="choices">
            <fieldset>
              <legend>Shape</legend>
              <div class="shapes">
                <label><input type="radio" name="format" value="9:16" checked /><i class="shape-9-16"></i>9:16</label>
                <label><input type="radio" name="format" value="4:5" /><i class="shape-4-5"></i>4:5</label>
                <label><input type="radio" name="format" value="1:1" /><i class="shape-1-1"></i>1:1</label>
                <label><input type="radio" name="format" value="16:9" /><i class="shape-16-9"></i>16:9</label>
              </div>
            </fieldset>
            <div>
              <label class="label" for="seconds">Length</label>
              <select id="seconds" name="seconds">
                <option value="15">15 seconds</option>
                <option value="30" selected>30 seconds</option>
                <option value="45">45 seconds</option>
                <option value="60">1 minute</option>
                <option value="90">1½ minutes</option>
                <option value="180">3 minutes</option>
              </select>
            </div>
            <button class="main" type="submit">Make the film</button>
          </div>
          <p id="make-problem" class="bad" role="alert" hidden></p>
        </form>`;

/** What came of it. */
const FILMS = html`<section aria-labelledby="films-title">
          <div class="title-row">
            <h2 id="films-title">Your films</h2>
            <span id="films-count" class="small soft"></span>
          </div>
          <p id="films-loading" class="nothing soft">Fetching your films …</p>
          <div id="films-empty" class="nothing" hidden>
            <p><strong>No film yet.</strong></p>
            <p class="soft">Write a topic above. The first one is ready in a minute or two.</p>
          </div>
          <div id="films-problem" class="nothing" hidden>
            <p id="films-reason" class="bad"></p>
            <button id="films-again" type="button">Try again</button>
          </div>
          <ul id="films"></ul>
          <button id="more" type="button" hidden>Show more</button>
        </section>`;

/** For programs. */
const KEYS = html`<section class="card" aria-labelledby="keys-title">
          <h2 id="keys-title">API keys</h2>
          <p class="soft">For your own programs, as <code>Authorization: Bearer</code>. The <a href="/docs/api">API reference</a> has every operation with an example.</p>
          <form id="make-key">
            <label>What uses the key<input name="name" maxlength="80" autocomplete="off" placeholder="My script" /></label>
            <button type="submit">Make a key</button>
          </form>
          <p id="key-problem" class="bad" role="alert" hidden></p>
          <section id="new-key" aria-label="The new key" hidden>
            <p><strong>Copy the key now.</strong> It is not shown again.</p>
            <code id="new-key-text"></code>
            <button id="copy-key" type="button">Copy</button>
            <button id="hide-key" type="button">Done</button>
          </section>
          <ul id="keys" class="rows"></ul>
        </section>`;

/** Watching one. */
const PLAYER = html`<dialog id="player" aria-labelledby="player-title">
      <div>
        <h2 id="player-title">Film</h2>
        <button type="button">Close</button>
      </div>
      <video controls playsinline><track kind="captions" label="Captions" /></video>
      <p id="player-problem" role="alert" hidden>The film cannot be played here. Download it instead.</p>
    </dialog>`;

/** What lists are made of. */
const TEMPLATES = html`<template id="film-card">
      <li class="film">
        <div class="screen" data-part="making">
          <span class="percent" data-part="percent" aria-hidden="true"></span>
          <div class="bar"><progress data-part="bar" max="1" value="0"></progress></div>
        </div>
        <button class="screen" type="button" data-part="play" hidden>
          <svg class="play" viewBox="0 0 12 12" aria-hidden="true"><path d="M1 0v12l10-6z" /></svg>
        </button>
        <h3 data-part="title">Film</h3>
        <p data-part="words"></p>
        <p class="bad" data-part="complaint" role="alert" hidden></p>
        <div class="actions">
          <a href="/" data-part="download" download hidden>Download</a>
          <button class="link" type="button" data-part="stop" hidden>Stop</button>
          <button class="link" type="button" data-part="again" hidden>Make again</button>
        </div>
      </li>
    </template>
    <template id="key-row">
      <li>
        <strong data-part="name"></strong>
        <span class="small soft" data-part="about"></span>
        <button class="link" type="button" data-part="revoke">Revoke</button>
      </li>
    </template>`;
