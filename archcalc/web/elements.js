// the page's elements, found, made and filled

const body = document.body;
const $ = (selector) => document.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];
const made = (name, words = "", kind = "") => {
  const element = document.createElement(name);
  element.textContent = words;
  if (kind) element.className = kind;
  return element;
};

const put = (element, words) => {
  if (element && element.textContent !== words) element.textContent = words;
};
